/**
 * Of the embedded store: `folder-unusable`: it cannot be made, read or written. `folder-in-use`: another process has it.
 * `schema-newer`: a later version of the product wrote it. `damaged`: not a database, not ours, or corrupt.
 * `not-durable`: the database does not keep the settings that durability rests on.
 * Of MongoDB: `unreachable`: no primary, or no majority, answered in time. `no-replica-set`: a server that
 * stands alone. `not-migrated`: an index or the schema's number is missing.
 * `failed`: anything else; the message says what.
 */
export type StoreStartCode =
  | 'folder-unusable'
  | 'folder-in-use'
  | 'schema-newer'
  | 'damaged'
  | 'not-durable'
  | 'unreachable'
  | 'no-replica-set'
  | 'not-migrated'
  | 'failed';

/** Why a store did not open. The message is a sentence for the operator and names the folder or the database. */
export class StoreStartError extends Error {
  readonly code: StoreStartCode;

  constructor(code: StoreStartCode, message: string) {
    super(message);
    this.name = 'StoreStartError';
    this.code = code;
  }
}
