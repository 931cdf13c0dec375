import { COMMIT_MAX_DOCUMENTS } from '@munova/contracts';
import type { AppendError, ChatError, GroupCommit, Log, Store } from '@munova/contracts';
import type { DatabaseSettings } from './database.js';
import { appendErrorOf, chatErrorOf } from './failures.js';
import type { Failure } from './failures.js';
import { Health } from './health.js';
import type { OpName, Ops } from './ops.js';
import type { StoreStats } from './protocol.js';
import { startSweeper } from './sweeper.js';
import { startThread } from './start-thread.js';
import { CallFailed, ThreadLink } from './thread-link.js';

export interface SqliteStoreOptions {
  /** Made with mode 0700 when missing. One process at a time. */
  readonly folder: string;
  readonly log: Log;
  /** Epoch ms; decides when a registered outcome has expired. */
  readonly now?: () => number;
  /** Upper bound of the database file in pages of 4 KiB; absent: the disk's own. */
  readonly maxPages?: number;
  /** ms between sweeps of expired outcomes; STORE_SWEEP_MS when absent. */
  readonly sweepMs?: number;
  /**
   * Called once when the store's thread ended and nobody had called `close`: from then on everything
   * is refused, for good (S49). Must not throw.
   */
  readonly onEnded?: (error: Error) => void;
}

export interface SqliteStore extends Store {
  /** As the database said when it was opened. */
  readonly settings: DatabaseSettings;
  /** As of the latest answer. */
  stats(): StoreStats;
}

/**
 * Opens the embedded store: one SQLite database in `folder`, served by a thread of its own.
 * @throws {StoreStartError}
 */
export const openSqliteStore = async (options: SqliteStoreOptions): Promise<SqliteStore> => {
  const { folder, log, now = Date.now, maxPages = null } = options;
  const { worker, settings } = await startThread({ folder, maxPages });
  const health = new Health(log, folder);
  let closing = false;
  const link = new ThreadLink(worker, {
    onTrouble: health.onTrouble,
    onCrash: (detail) => {
      health.onCrash(detail);
      if (!closing) options.onEnded?.(new Error(`the store's thread ended: ${detail}`));
    },
  });
  const stopSweeper = startSweeper(link, now, log, options.sweepMs);
  log.info({ folder, ...settings }, 'store: open');
  return {
    ...portsOver(link, now),
    settings,
    stats: () => link.stats,
    healthy: () => health.check(link),
    close: () => {
      closing = true;
      stopSweeper();
      return link.close();
    },
  };
};

const rethrow =
  (toError: (failure: Failure) => AppendError | ChatError) =>
  (error: unknown): never => {
    throw error instanceof CallFailed ? toError(error.failure) : error;
  };
const asAppendError = rethrow(appendErrorOf);
const asChatError = rethrow(chatErrorOf);

const checkSize = ({ documents }: GroupCommit): void => {
  if (documents.length >= 1 && documents.length <= COMMIT_MAX_DOCUMENTS) return;
  throw new RangeError(`a group commit has 1 to ${String(COMMIT_MAX_DOCUMENTS)} documents`);
};

type Ports = Omit<Store, 'healthy' | 'close'>;

const portsOver = (link: ThreadLink, now: () => number): Ports => {
  const ask = <K extends OpName>(op: K, ...args: Parameters<Ops[K]>): Promise<ReturnType<Ops[K]>> =>
    link.call(op, ...args).catch(asChatError);
  return {
    log: {
      append: async (commit) => {
        checkSize(commit);
        await link.call('append', commit, now()).catch(asAppendError);
      },
      barrier: () => ask('barrier'),
      readAfter: (room, after, limit) => ask('readAfter', room, after, limit),
      readPage: (room, bounds, limit) => ask('readPage', room, bounds, limit),
      heads: async (rooms) => new Map(await ask('heads', rooms)),
      findOutcomes: async (keys, at) => new Map(await ask('findOutcomes', keys, at)),
    },
    projection: {
      project: (updates, settled) => ask('project', updates, settled),
      openIntents: () => ask('openIntents'),
    },
    directory: {
      get: (room) => ask('room', room),
      getMany: (rooms) => ask('roomsOf', rooms),
      list: (query) => ask('listRooms', query),
    },
    memberships: {
      get: (room, user) => ask('member', room, user),
      getMany: (room, users) => ask('membersOf', room, users),
      members: (room, cursor, limit) => ask('listMembers', room, cursor, limit),
      countRooms: (user) => ask('countRooms', user),
    },
    readMarks: {
      advance: (moves) => ask('advanceMarks', moves),
      get: async (user, rooms) => new Map(await ask('readMarks', user, rooms)),
    },
    names: {
      reserve: (name, room, at) => ask('reserveName', name, room, at),
      release: (name, room) => ask('releaseName', name, room),
      unsettled: (limit) => ask('unsettledNames', limit),
    },
    products: {
      get: (id) => ask('product', id),
      put: (product) => ask('putProduct', product),
      list: (keyword, cursor, limit) => ask('listProducts', keyword, cursor, limit),
    },
    tags: { all: () => ask('allTags'), put: (tag) => ask('putTag', tag) },
    deployment: {
      clusterRecord: (shards, hash) => ask('clusterRecord', shards, hash),
      generation: () => ask('generation'),
      beginGeneration: (shards, hash) => ask('beginGeneration', shards, hash),
      keyFingerprint: (mine) => ask('keyFingerprint', mine),
      nextEpoch: () => ask('nextEpoch'),
    },
  };
};
