/**
 * `folder-unusable`: it cannot be made, read or written. `folder-in-use`: another process has it.
 * `schema-newer`: a later version of the product wrote it. `damaged`: not a database, not ours, or corrupt.
 * `not-durable`: the database does not keep the settings that durability rests on.
 * `failed`: anything else; the message says what.
 */
export type StoreStartCode =
  'folder-unusable' | 'folder-in-use' | 'schema-newer' | 'damaged' | 'not-durable' | 'failed';

/** Why a store did not open. The message is a sentence for the operator and names the folder. */
export class StoreStartError extends Error {
  readonly code: StoreStartCode;

  constructor(code: StoreStartCode, message: string) {
    super(message);
    this.name = 'StoreStartError';
    this.code = code;
  }
}
