/** A server is nowhere on this machine and could not be fetched; the message says where it was looked for and how to get it. */
export class ServerNotFound extends Error {
  override readonly name = 'ServerNotFound';
}

/** A server, or several that belong together, did not come up; the message ends with the last lines of the log. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
}
