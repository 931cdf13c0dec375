/** Every bound of the product, each with its unit. Values with a variable are defaults (see wire interface in SPEC.md). */

// Frames (STOMP codec)
export const MAX_FRAME_HEADERS = 64; // headers
export const MAX_FRAME_HEADER_BYTES = 16 * 1024; // bytes, command line included
export const MAX_FRAME_COMMAND_BYTES = 32; // bytes; the longest command that exists has 11
export const MAX_FRAME_BODY_BYTES = 64 * 1024; // bytes
export const FRAME_ARRIVAL_MS = 10_000; // ms from a frame's first byte to its last

// Sessions
export const CONNECT_DEADLINE_MS = 5_000; // ms from the socket's opening to a CONNECT
export const MIN_HEARTBEAT_MS = 5_000; // ms, promised and expected, not more often
export const HEARTBEAT_GRACE = 2; // times the negotiated interval before a silent client is closed
export const MAX_SUBSCRIPTIONS_PER_SESSION = 200; // subscriptions
export const MAX_SESSIONS_PER_USER = 20; // sessions
export const MAX_ROOMS_PER_USER = 1_000; // rooms
export const SEND_RATE_PER_SECOND = 50; // SENDs, sustained
export const SEND_RATE_BURST = 200; // SENDs at once
export const RATE_PATIENCE_MS = 30_000; // ms of slowed reading before `rate-limited` or `busy` becomes final
export const REST_RATE_PER_SECOND = 100; // calls a user, sustained
export const REST_RATE_BURST = 300; // calls a user at once
export const DISCONNECT_FINISH_MS = 10_000; // ms to finish what was sent before DISCONNECT's receipt
export const TCP_ERROR_DRAIN_MS = 1_000; // ms of draining after the half-close behind an ERROR
export const ACK_WINDOW = 256; // unacknowledged messages a subscription
export const ACK_SKIPS_REMEMBERED = 1_024; // seqs a subscription passed over, told from issued ones

// Edge, inbound
export const MAX_QUEUED_SENDS_PER_SESSION = 400; // commands, before the socket is paused
export const INBOUND_HELD_MAX_BYTES = 128 * 1024 * 1024; // bytes, by estimate, of all commands that an edge holds unanswered
export const LAG_FREE_SHARE = 0.25; // of an inbox's caps that may wait before sessions are read more slowly
export const MAX_BATCH_FRAMES = 64; // commands in one appended batch
export const MAX_BATCH_BYTES = 256 * 1024; // bytes of one appended batch
export const REPLY_TIMEOUT_MS = 2_000; // ms before an unanswered batch is appended again
export const REPLY_TIMEOUT_MAX_MS = 8_000; // ms, cap of the back-off
export const BUSY_BACKOFF_MS = 100; // ms before what was refused for want of room is tried again, doubled up to the cap
export const BUSY_BACKOFF_MAX_MS = 2_000; // ms, cap of that back-off
export const OUTCOME_PATIENCE_MS = 30_000; // ms before an unanswered batch ends its session with `outcome-unknown`
export const OWED_PATIENCE_MS = 30_000; // ms that SENDs wait for one before them that was answered `later` to come again
export const REST_REPLY_DEADLINE_MS = 10_000; // ms before a REST call answers `outcome-unknown`

// Edge, outbound
export const SLOW_CONSUMER_QUEUE_BYTES = 256 * 1024; // bytes queued on a socket before live delivery stops
export const SLOW_CONSUMER_PATIENCE_MS = 30_000; // ms without a drain before `slow-consumer`
export const ROOM_RING_ENTRIES = 256; // entries kept of a watched room for resuming
export const RESUME_MAX_BEHIND = 5_000; // entries; more is refused with `page-first`
export const SUFFIX_PAGE_ENTRIES = 256; // entries of one suffix read
export const MAX_CONCURRENT_SUFFIX_READS = 16; // store reads an edge
export const WATCH_ANNOUNCE_MS = 30_000; // ms between announcements of a watch
export const WATCH_EXPIRY_MS = 100_000; // ms without an announcement before a watch is dropped
export const WATCH_LINGER_MS = 10_000; // ms that a room is still watched after its last subscriber left
export const SUFFIX_RETRY_MS = 250; // ms before a failed suffix read is tried again, doubled up to the cap
export const SUFFIX_RETRY_MAX_MS = 5_000; // ms, cap of that back-off

// Edge, ephemeral
export const TYPING_INTERVAL_MS = 3_000; // ms between two typings of one session in one room that are told
export const TYPING_ROOMS_PER_SESSION = 64; // rooms in which a session may be typing within that time
export const EPHEMERAL_QUEUE_BYTES = 16 * 1024; // bytes queued on a socket from which on it gets nothing ephemeral
export const WHISPERS_PER_SHARD = 256; // whispers of one shard that wait for its call under way
export const ADMITTED_PER_ROOM = 1_024; // actors of a watched room that are known to be admitted

// Edge, inboxes of users
export const MAX_INBOX_PLACES = 500_000; // (user, room) pairs in the inboxes of one edge, before another one is `busy`
export const INBOX_COUNT_MS = 1_000; // ms between two unread counts said because of a room's messages
export const INBOX_HEADS_AT_ONCE = 256; // rooms of one read of heads for the inboxes
export const INBOX_LOOKS_AT_ONCE = 16; // inboxes of one edge whose directory is read at a time
export const INBOX_SWEEP_MS = 60_000; // ms between rounds in which every inbox is compared with the directory
export const INBOX_LOOK_PAUSE_MS = 25; // ms, on average, between two comparisons of such a round

// Edge, sockets
export const SOCKET_MESSAGE_MAX_BYTES = 256 * 1024; // bytes of one WebSocket message from a client
export const SESSION_SWEEP_MS = 500; // ms between checks of every session's deadlines
export const CLOSE_HANDSHAKE_MS = 2_000; // ms a WebSocket peer has to answer our close
export const UPGRADE_HEAD_MAX_BYTES = 16 * 1024; // bytes of an upgrade's request that the HTTP server need not see
export const UPGRADE_HEAD_MAX_HEADERS = 64; // headers of such a request
export const UPGRADE_HEAD_MAX_PIECES = 8; // pieces in which such a request may come
export const UPGRADE_LOOK_MS = 1_000; // ms from a connection's opening until it is the HTTP server's, if not upgraded
export const REFUSED_UPGRADE_RETRY_S = 5; // s, `Retry-After` of an upgrade refused over budget
export const DRAIN_BATCH_SESSIONS = 200; // sessions closed at a time when an edge drains
export const DRAIN_BATCH_PAUSE_MS = 100; // ms between those
export const RECONNECT_WINDOW_MS = 10_000; // ms over which a drained edge's clients are told to spread out

// Inbox
export const INBOX_MAX_ENTRIES = 4_096; // batches waiting in one shard
export const INBOX_MAX_BYTES = 16 * 1024 * 1024; // bytes waiting in one shard
export const INBOX_TOTAL_MAX_BYTES = 128 * 1024 * 1024; // bytes waiting in all shards of an in-memory inbox
export const READ_MAX_ENTRIES = 512; // batches of one read
export const READ_MAX_BYTES = 1024 * 1024; // bytes of one read

// Actors
export const MAILBOX_MAX_COMMANDS = 1_024; // commands waiting for one room
export const COMMIT_MAX_DOCUMENTS = 256; // documents of one group commit
export const COMMIT_MAX_BYTES = 1024 * 1024; // bytes of one group commit
export const ACTIVATION_MAX_TAIL = 1_000; // entries replayed behind the projection
export const PROJECT_REST_MS = 500; // ms between two writes of such projections
export const PROJECT_MESSAGES_MS = 3_000; // ms between projections of a room that only got messages
export const PASSIVATE_AFTER_MS = 60_000; // ms without a command
export const MAX_ACTIVE_ROOMS = 50_000; // rooms in memory a node
export const RECENT_OUTCOMES_PER_ROOM = 128; // outcomes remembered to answer a repeat without a look-up
export const MEMBERS_LOADED_PER_ROOM = 1_024; // member records kept in memory
export const MAX_WATCHES_PER_SHARD = 100_000; // (room, edge) pairs
export const REFUSAL_MEMORY_MS = 24 * 3_600_000; // ms that a refusal or no-op is remembered
export const RESERVATION_GRACE_MS = 60_000; // ms before a name reservation without its room is swept
export const NAME_SWEEP_LIMIT = 100; // reservations looked into by one sweep
export const INTENT_SWEEP_MS = 15_000; // ms between two looks for intents that nobody settled
export const INTENT_SWEEP_LIMIT = 100; // intents looked into by one sweep
export const READ_WAIT_MS = 1_000; // ms that a read of the inboxes waits for a first entry
export const UNREADABLE_PAUSE_MS = 5_000; // ms before a shard that holds a newer envelope is read again
export const READ_SPACING_MS = 10; // ms between reads of the streams of a cluster
export const COMMIT_SPACING_MS = 20; // ms between group commits of a cluster that are not full
export const COMMITS_IN_FLIGHT = 2; // group commits a lane has under way; what is ready meanwhile gathers
export const ROOMS_PREPARED_AT_ONCE = 32; // rooms whose records are read from the store at a time
export const TAIL_PAGE_ENTRIES = 256; // entries of one read of a tail
export const COMMIT_ATTEMPTS = 5; // failed commits of a room in a row before its commands are answered `later`
export const ACTOR_RETRY_MS = 20; // ms before a failed store or stream call is tried again, doubled up to the cap
export const ACTOR_RETRY_MAX_MS = 2_000; // ms, cap of that back-off
export const LATER_RETRY_AFTER_MS = 1_000; // ms that a command answered `later` is told to wait
export const DRAIN_PATIENCE_MS = 10_000; // ms that a draining node waits for what it has read

// Heartbeats
export const HEARTBEAT_MS = 1_000; // ms between a shard's heartbeats
export const HEARTBEAT_MAX_HEADS = 256; // heads said in one heartbeat
export const HEARTBEAT_HEADS_KEPT = 2_048; // rooms of a shard whose heads wait to be said
export const HEARTBEATS_MISSED = 3; // heartbeats in a row that do not come before silence is met
export const SILENCE_RETRY_MAX_MS = 10_000; // ms, cap of the back-off with which an edge subscribes again while a shard is silent
export const REPAIR_PAUSE_MS = 10; // ms, on average, between two shards whose watches an edge repairs
export const HEAD_BEATS = HEARTBEATS_MISSED + 1; // heartbeats that say a head: all of them lost is a silence

// Content
export const MAX_CONTENT_CODE_POINTS = 4_000;
export const MAX_ROOM_NAME_CODE_POINTS = 100;
export const MAX_USER_NAME_CODE_POINTS = 64;
export const MAX_GROUP_CAPACITY = 1_000; // members
export const MAX_TAGS_PER_ROOM = 4; // tags
export const PREVIEW_CODE_POINTS = 20; // of the last message in a room view

// Cluster
export const LEASE_TTL_MS = 6_000; // ms from the sending of a renewal to the end of the lease it renewed
export const LEASE_RENEW_MS = 2_000; // ms between renewals
export const LEASE_RETRY_MS = 500; // ms before a renewal that failed is tried again
export const CLAIMS_AT_ONCE = 8; // shards that a node claims at a time
export const HANDOVERS_AT_ONCE = 4; // shards that a node hands over at a time
export const DRAIN_NODE_MS = 60_000; // ms that a node takes to hand its shards over before it leaves with the rest
export const CLUSTER_PATIENCE_MS = 60_000; // ms that a starting process waits for Redis and MongoDB
export const CLUSTER_RETRY_MS = 2_000; // ms between its tries
export const DRAIN_WAIT_MS = 600_000; // ms that `munova drain` waits for a node to have nothing left
export const DEAD_NODE_KEPT_MS = 3_600_000; // ms of an observer's time before a dead member's record is removed

// REST pages
export const LIST_LIMIT_DEFAULT = 20; // items
export const LIST_LIMIT_MAX = 100; // items
export const HISTORY_LIMIT_MAX = 200; // entries
export const LEGACY_LIST_MAX = 100; // items of a list called the predecessor's way
export const MAX_CURSOR_LENGTH = 2_048; // characters of a page cursor given by a client
export const MIN_SECRET_BYTES = 32; // bytes of a JWT secret

// Edge, REST and views
export const REST_RATE_TABLE_USERS = 50_000; // users whose REST rate is kept; the least recent leave first
export const TAG_REFRESH_MS = 60_000; // ms between reads of the tag tree, which others may change
export const READ_MARK_FLUSH_MS = 1_000; // ms that read marks moved by sending gather before they are written
export const READ_MARK_REST_MS = 2_000; // ms between those writes, at most: who goes on sending has one written for several messages
export const READ_MARKS_AT_ONCE = 256; // read marks of one write
export const MAX_PENDING_READ_MARKS = 50_000; // (room, user) pairs waiting for that write
export const MAX_PRODUCT_NAME_CODE_POINTS = 200;
export const MAX_TAG_TEXT_CODE_POINTS = 64; // of a tag's code and of each of its names
export const MAX_URL_LENGTH = 2_048; // characters of an image URL
export const REST_REQUEST_ARRIVAL_MS = 10_000; // ms from a request's first byte to its last

// Embedded store
export const STORE_MAX_REQUESTS = 4_096; // requests waiting for or in the store's thread
export const STORE_MAX_DOCUMENTS = 65_536; // documents in those requests
export const STORE_TURN_MAX_READS = 64; // reads answered between two transactions
export const STORE_TURN_MAX_DOCUMENTS = 4_096; // documents (any other write counts as one) of one transaction
export const STORE_SWEEP_MS = 60_000; // ms between sweeps of expired outcomes
export const STORE_SWEEP_STEP = 256; // outcomes deleted in one step of a sweep
export const STORE_BUSY_TIMEOUT_MS = 2_000; // ms to wait for another process that reads or backs up the database
export const STORE_PROBE_MS = 5_000; // ms before a store that does not answer counts as unhealthy
export const STORE_CACHE_KIB = 32 * 1024; // KiB of database pages kept in memory
export const STORE_WAL_KEPT_BYTES = 64 * 1024 * 1024; // bytes of the write-ahead log's file that a checkpoint leaves
export const STORE_KEYWORD_TERMS = 16; // terms of a keyword that narrow a search; the rest is verified only
export const MAX_REST_COMMANDS_IN_FLIGHT = 2_000; // commands of REST calls awaiting their outcomes
export const BUSY_RETRY_MS = 1_000; // ms that a refusal for lack of room asks a client to wait
export const MAX_SEARCH_TAGS = 50; // tags in one search
export const REST_MAX_PARAM_LENGTH = 512; // characters of one path parameter, percent-encoded
export const FAULT_LOG_MS = 5_000; // ms between two log lines of one edge about the same fault
export const FAULT_LOG_KINDS = 64; // faults told apart for that
export const REST_CLOSE_GRACE_MS = 5_000; // ms that answers under way have once the API closes

// Redis
export const REDIS_CONNECT_TIMEOUT_MS = 2_000; // ms to a connection that is ready
export const REDIS_COMMAND_TIMEOUT_MS = 2_000; // ms before a call that got no answer is of unknown outcome
export const REDIS_BLOCK_MS = 1_000; // ms that one blocking read waits in Redis
export const REDIS_BLOCK_GRACE_MS = 2_000; // ms beyond that before its connection is given up
export const REDIS_UNBLOCK_RETRY_MS = 5; // ms before a blocking read that could not be ended yet is ended again
export const REDIS_RETRY_MS = 50; // ms before a lost subscription is asked for again, doubled up to the cap
export const REDIS_RETRY_MAX_MS = 2_000; // ms, cap of that back-off and of the one between connections
export const REDIS_APPEND_MAX_BATCHES = 256; // batches of one script call, but for a single larger append
export const REDIS_APPEND_MAX_BYTES = 1024 * 1024; // characters of one script call, but for a single larger append
export const REDIS_APPEND_MAX_WAITING = 8_192; // batches of one shard waiting for its call under way
export const REDIS_LOOK_MS = 5_000; // ms between two looks for what somebody has to mend at Redis
export const REDIS_TROUBLE_LOG_MS = 600_000; // ms between two log lines about the same of that
export const REDIS_NO_STREAM_RETRY_MS = 2_000; // ms that a shard whose key holds no stream is left out of reads
export const REDIS_READ_TYPICAL_BYTES = 4 * 1024; // bytes an entry is taken for, at least, to choose a read's COUNT
