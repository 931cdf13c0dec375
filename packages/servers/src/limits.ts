/** Every bound of this package, with its unit. */

/** How long `--version` may take (milliseconds). */
export const VERSION_TIMEOUT_MS = 20_000;
/** How long one step of fetching a server may take: a list of packages, a download (milliseconds). */
export const FETCH_TIMEOUT_MS = 5 * 60_000;
/** How long a program may take to be built from source (milliseconds). */
export const BUILD_TIMEOUT_MS = 15 * 60_000;
/** What a command that fetches may print (bytes). */
export const FETCH_OUTPUT_BYTES = 4 * 1024 * 1024;
/** A folder of a fetch that never ended is removed when it is older than this (milliseconds). */
export const STALE_FETCH_MS = 60 * 60_000;

/** How long a server may take from its start to its first answer (milliseconds). */
export const READY_TIMEOUT_MS = 60_000;
/** How long a cluster or a replica set may take from its members' start until it serves (milliseconds). */
export const FORM_TIMEOUT_MS = 90_000;
/** Between two looks at a condition (milliseconds). */
export const POLL_MS = 15;
/** How long one look may wait for the answer of a server (milliseconds). */
export const PROBE_TIMEOUT_MS = 2_000;
/** Enough for a test's hook that starts servers, fetching them first (milliseconds). */
export const SERVERS_TIMEOUT_MS = 10 * 60_000;
/** How long a killed server and its guard may take to be gone (milliseconds). */
export const STOP_TIMEOUT_MS = 20_000;

/** Ports are taken from here up to, not including, `PORT_END`: below what kernels give to outgoing connections. */
export const PORT_BEGIN = 20_000;
export const PORT_END = 32_000;
/** How many ports are tried until one is free (tries). */
export const PORT_TRIES = 200;
/** How often a start is tried again on other ports, because somebody took one in between (tries). */
export const START_TRIES = 4;
/** The end of a server's log that its start error shows (bytes). */
export const LOG_TAIL_BYTES = 2_000;

/** What the proxy keeps of one direction of one connection before it stops reading; one read more may come on top (bytes). */
export const PROXY_BUFFER_BYTES = 1024 * 1024;
/** A throttled direction writes at most what its rate allows in this time, then waits (milliseconds). */
export const PROXY_SLICE_MS = 20;
/** More connections than this are dropped by the proxy (connections). */
export const PROXY_MAX_CONNECTIONS = 1_000;
