/**
 * 1. Trouble is logged when it begins and when it ends, not once a call.
 * 2. The store is healthy where a majority confirms a write.
 */
import { STORE_PROBE_MS, type Log } from '@munova/contracts';
import { MongoFailure, type MongoCommands, type MongoFailureKind } from '../mongo-core/index.js';
import { StoreStartError } from '../start-error.js';
import { forbidden } from './connect.js';

/** Kinds that tell of the caller or of a race, not of the store. */
const NO_TROUBLE: ReadonlySet<MongoFailureKind> = new Set(['duplicate', 'superseded', 'stopped']);

export class Health {
  /** The commands, each of them heard of. */
  readonly watched: MongoCommands;
  readonly #log: Log;
  readonly #database: string;
  #isTroubled = false;

  constructor(commands: MongoCommands, log: Log, database: string) {
    this.#log = log;
    this.#database = database;
    const hear = <T>(what: string, call: Promise<T>): Promise<T> => this.#heard(what, call);
    this.watched = {
      insertMany: (...args) => hear('insertMany', commands.insertMany(...args)),
      find: (...args) => hear('find', commands.find(...args)),
      updateOne: (...args) => hear('updateOne', commands.updateOne(...args)),
      findOneAndUpdate: (...args) => hear('findOneAndUpdate', commands.findOneAndUpdate(...args)),
      bulkUpdate: (...args) => hear('bulkUpdate', commands.bulkUpdate(...args)),
      deleteMany: (...args) => hear('deleteMany', commands.deleteMany(...args)),
      openLine: () => commands.openLine(),
      term: () => hear('term', commands.term()),
    };
  }

  /** Never rejects; false when no majority confirms within STORE_PROBE_MS. */
  async check(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), STORE_PROBE_MS);
    });
    const answered = this.#probe().then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([answered, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws {StoreStartError} `unreachable`; `failed` where the user may not write */
  async expectMajority(): Promise<void> {
    try {
      await this.#probe();
    } catch (error) {
      if (!(error instanceof MongoFailure)) throw error;
      if (error.kind === 'forbidden') throw forbidden(this.#database);
      throw new StoreStartError(
        'unreachable',
        `No majority of the replica set of MongoDB database ${this.#database} confirmed a write: ${error.message}.`,
      );
    }
  }

  async #probe(): Promise<void> {
    const durable = { durability: 'majority' } as const;
    await this.watched.updateOne('deployment', { _id: 'probe' }, { $inc: { writes: 1 } }, { upsert: true }, durable);
    if (this.#isTroubled) this.#log.info({ database: this.#database }, 'store: a majority confirms writes again');
    this.#isTroubled = false;
  }

  async #heard<T>(what: string, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof MongoFailure && !NO_TROUBLE.has(error.kind)) this.#trouble(what, error);
      throw error;
    }
  }

  #trouble(what: string, { kind, message }: MongoFailure): void {
    if (!this.#isTroubled)
      this.#log.error({ database: this.#database, what, kind, error: message }, 'store: calls fail');
    this.#isTroubled = true;
  }
}
