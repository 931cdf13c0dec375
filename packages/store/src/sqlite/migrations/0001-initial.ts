import type { DatabaseSync } from 'node:sqlite';
import { TAG_TREE } from '../../tag-tree.js';
import type { Migration } from './migration.js';

/**
 * Text compares by UTF-8 bytes (SQLite's BINARY), which is the order of code points.
 * Times are epoch milliseconds. STRICT: a value of another type is refused, never converted.
 */
const TABLES = `
  -- Entries of all room logs, and registered outcomes, which have no seq but a time of expiry.
  CREATE TABLE messages (
    id          INTEGER PRIMARY KEY,
    room        TEXT NOT NULL,
    seq         INTEGER,
    kind        TEXT NOT NULL,
    sender      TEXT NOT NULL,
    sender_name TEXT,
    sender_role TEXT,
    cmid        TEXT NOT NULL,
    type        TEXT,
    content     TEXT,
    redacted    INTEGER NOT NULL,
    data        TEXT,
    body_hash   TEXT NOT NULL,
    ts          INTEGER,
    n           INTEGER,
    epoch       INTEGER,
    code        TEXT,
    expires     INTEGER,
    CHECK ((seq IS NULL) = (expires IS NOT NULL))
  ) STRICT;
  CREATE UNIQUE INDEX messages_by_place ON messages (room, seq) WHERE seq IS NOT NULL;
  CREATE UNIQUE INDEX messages_by_command ON messages (room, sender, cmid);
  CREATE INDEX messages_by_expiry ON messages (expires) WHERE expires IS NOT NULL;

  CREATE TABLE intents (
    id    TEXT PRIMARY KEY,
    shard INTEGER NOT NULL,
    rooms TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE rooms (
    room             TEXT PRIMARY KEY,
    type             TEXT NOT NULL,
    name             TEXT NOT NULL,
    name_form        TEXT NOT NULL,
    status           TEXT NOT NULL,
    owner            TEXT,
    product          TEXT,
    buyer            TEXT,
    seller           TEXT,
    max_participants INTEGER,
    member_count     INTEGER NOT NULL,
    tags             TEXT NOT NULL,
    state_seq        INTEGER NOT NULL,
    n                INTEGER NOT NULL,
    last_message     TEXT,
    last_message_seq INTEGER NOT NULL,
    last_message_ts  INTEGER,
    last_ts          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    latest           INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(last_message_ts, created_at)) STORED
  ) STRICT, WITHOUT ROWID;
  -- By type first: a search among groups must not read its way through the inquiries.
  CREATE INDEX rooms_by_latest ON rooms (type, latest DESC, room);
  CREATE INDEX rooms_by_members ON rooms (type, member_count DESC, room);
  CREATE INDEX rooms_by_name ON rooms (type, name, room);
  CREATE INDEX rooms_by_creation ON rooms (type, created_at DESC, room);
  CREATE INDEX rooms_by_owner ON rooms (owner, latest DESC, room) WHERE owner IS NOT NULL;
  CREATE INDEX rooms_by_buyer ON rooms (buyer, latest DESC, room) WHERE buyer IS NOT NULL;
  CREATE INDEX rooms_by_seller ON rooms (seller, latest DESC, room) WHERE seller IS NOT NULL;

  CREATE TABLE room_terms (
    term TEXT NOT NULL,
    room TEXT NOT NULL,
    PRIMARY KEY (term, room)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX room_terms_by_room ON room_terms (room);

  CREATE TABLE memberships (
    room        TEXT NOT NULL,
    user        TEXT NOT NULL,
    name        TEXT NOT NULL,
    member_type TEXT NOT NULL,
    status      TEXT NOT NULL,
    state_seq   INTEGER NOT NULL,
    joined_at   INTEGER NOT NULL,
    PRIMARY KEY (room, user)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX memberships_by_joining ON memberships (room, joined_at, user) WHERE status = 'joined';
  CREATE INDEX memberships_by_user ON memberships (user, room) WHERE status = 'joined';

  CREATE TABLE read_marks (
    user TEXT NOT NULL,
    room TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (user, room)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE room_names (
    name        TEXT PRIMARY KEY,
    room        TEXT NOT NULL,
    reserved_at INTEGER NOT NULL,
    -- Whether the room's record has this name, so that the few that have none are found without reading all.
    settled     INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX room_names_by_room ON room_names (room);
  CREATE INDEX room_names_unsettled ON room_names (reserved_at) WHERE settled = 0;

  CREATE TABLE products (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    name_form TEXT NOT NULL,
    price     INTEGER NOT NULL,
    image_url TEXT,
    seller    TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tags (
    id      TEXT PRIMARY KEY,
    code    TEXT NOT NULL,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL,
    parent  TEXT
  ) STRICT, WITHOUT ROWID;

  -- One row: what the whole deployment agrees on, and the last epoch given.
  CREATE TABLE deployment (
    only       INTEGER PRIMARY KEY CHECK (only = 1),
    generation TEXT,
    shards     INTEGER,
    hash       TEXT,
    epoch      INTEGER NOT NULL
  ) STRICT;
  INSERT INTO deployment (only, epoch) VALUES (1, 0);

  -- At most one row, replaced to learn whether the disk takes writes.
  CREATE TABLE probe (id INTEGER PRIMARY KEY, filler BLOB NOT NULL) STRICT;
`;

export const initial: Migration = {
  version: 1,
  name: 'initial',
  apply: (db: DatabaseSync): void => {
    db.exec(TABLES);
    const insert = db.prepare('INSERT INTO tags (id, code, name_ko, name_en, parent) VALUES (?, ?, ?, ?, ?)');
    for (const tag of TAG_TREE) insert.run(tag.id, tag.code, tag.nameKo, tag.nameEn, tag.parentId);
  },
};
