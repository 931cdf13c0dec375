import { REDIS_BLOCK_GRACE_MS, REDIS_BLOCK_MS } from '@munova/contracts';
import { RedisUnknownError, type BlockingReader, type StreamPosition, type StreamReply } from '../commands.js';
import type { Connections } from './connections.js';
import { Link, type LinkOptions } from './link.js';
import type { Home } from './topology.js';

/** A reply of XREAD: null where there is nothing. */
export type XreadReply = readonly (readonly [key: string, entries: readonly (readonly [string, string[]])[]])[] | null;

export const xreadArgs = (streams: readonly StreamPosition[]): readonly string[] => [
  'STREAMS',
  ...streams.map(({ key }) => key),
  ...streams.map(({ after }) => after),
];

export const streamReplies = (reply: XreadReply): readonly StreamReply[] =>
  (reply ?? []).map(([key, entries]) => ({ key, entries: entries.map(([id, fields]) => ({ id, fields })) }));

/**
 * Reads that wait, over a connection of their own: on a shared one all else would wait with them. It has no
 * `commandTimeout`, which would end a longer BLOCK, but a limit to its silence beyond that.
 */
export class IoredisReader implements BlockingReader {
  readonly #connections: Connections;
  #at: { readonly home: Home; readonly link: Link } | null = null;
  /** Redis's name of the connection, while one is there. */
  #client: number | null = null;
  #closed = false;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  async read(streams: readonly StreamPosition[], count: number, blockMs: number): Promise<readonly StreamReply[]> {
    try {
      const link = this.#link(this.#connections.topology.homeOf(streams[0]?.key ?? ''));
      const redis = await link.get();
      this.#client ??= Number(await redis.client('ID'));
      const args = ['COUNT', count, 'BLOCK', Math.max(1, Math.ceil(blockMs)), ...xreadArgs(streams)];
      return streamReplies((await redis.call('XREAD', ...args)) as XreadReply);
    } catch (error) {
      throw this.#connections.noted(error);
    }
  }

  async unblock(): Promise<boolean> {
    if (this.#at === null || this.#client === null) return false;
    try {
      const redis = await this.#connections.at(this.#at.home);
      return (await redis.client('UNBLOCK', this.#client)) === 1;
    } catch (error) {
      throw this.#connections.noted(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#at?.link.close();
  }

  #link(home: Home): Link {
    if (this.#closed) throw new RedisUnknownError('the reader was closed');
    if (this.#at?.home === home) return this.#at.link;
    this.#at?.link.close();
    const options: LinkOptions = {
      silenceMs: REDIS_BLOCK_MS + REDIS_BLOCK_GRACE_MS,
      onEnd: () => {
        if (this.#at?.link === link) this.#client = null;
      },
    };
    const link = new Link(this.#connections.topology.accessOf(home), options);
    this.#client = null;
    this.#at = { home, link };
    return link;
  }
}
