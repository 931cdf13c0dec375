/** Bounds of the MongoDB driver, each with its unit. */

/** Connections to a member (connections). */
export const POOL_CONNECTIONS = 32;
/** Calls under way or waiting for a connection; more are refused as `busy` (calls). */
export const MAX_CALLS = 1_024;
/** How long a call waits for a primary, and for a connection (ms). */
export const SELECTION_MS = 5_000;
/** How long a sent command may go without an answer before its connection is given up (ms). */
export const SOCKET_MS = 10_000;
/** How long the server may take for a read, the wait for a majority to have got so far included (ms). */
export const READ_MS = 5_000;
/** How long a write may wait for its majority before it is answered as unconfirmed (ms). */
export const CONFIRM_MS = 5_000;
/** Between looks at each member; an election is noticed at once by most (ms). */
export const HEARTBEAT_MS = 1_000;
