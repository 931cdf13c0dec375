/** What the Lua files of packages/bus/src/scripts do, line by line; compared with them by fakes/redis.test.ts. */
import type { ScriptName } from '@munova/bus';
import type { Dataset, Effect } from './dataset.js';

/** One script's run: what it changes is seen by it at once, and kept together. */
export class Run {
  readonly effects: Effect[] = [];
  readonly published: { readonly channel: string; readonly message: string }[] = [];
  readonly data: Dataset;
  readonly #nowMs: number;

  constructor(data: Dataset, nowMs: number) {
    this.data = data;
    this.#nowMs = nowMs;
  }

  change(effect: Effect): void {
    this.data.apply(effect);
    this.effects.push(effect);
  }

  add(key: string, fields: readonly string[]): string {
    const id = this.data.nextId(key, this.#nowMs);
    this.change({ do: 'xadd', key, id, fields });
    return id;
  }
}

type Script = (run: Run, keys: readonly string[], args: readonly string[]) => readonly (string | number)[];

interface Waiting {
  readonly entries: number;
  readonly bytes: number;
}

const SUM = '';

/** held.lua */
const waiting = (run: Run, stream: string, held: string): Waiting => {
  const entries = run.data.xlen(stream);
  const fields = run.data.hlen(held);
  if (entries === 0 && fields === 0) return { entries, bytes: 0 };
  if (entries > 0 && fields === entries + 1) return { entries, bytes: Number(run.data.hget(held, SUM)) };
  return madeAgain(run, stream, held);
};

const madeAgain = (run: Run, stream: string, held: string): Waiting => {
  run.change({ do: 'del', key: held });
  let [entries, bytes] = [0, 0];
  for (const { id, fields } of run.data.xread(stream, '0-0', Infinity)) {
    const [batchId = '', size] = [fields[1], Buffer.byteLength(fields[3] ?? '')];
    if (run.data.hget(held, batchId) === undefined) {
      run.change({ do: 'hset', key: held, field: batchId, value: `${id} ${String(size)}` });
      entries += 1;
      bytes += size;
    } else run.change({ do: 'xdel', key: stream, id });
  }
  if (entries > 0) run.change({ do: 'hset', key: held, field: SUM, value: String(bytes) });
  return { entries, bytes };
};

const append: Script = (run, [stream = '', held = ''], [mostEntries, mostBytes, ...batches]) => {
  let { entries, bytes } = waiting(run, stream, held);
  let full = false;
  const verdicts: string[] = [];
  for (let i = 0; i < batches.length; i += 2) {
    const [id = '', batch = ''] = batches.slice(i, i + 2);
    if (run.data.hget(held, id) !== undefined) {
      verdicts.push('present');
      continue;
    }
    const size = Buffer.byteLength(batch);
    full ||= entries >= Number(mostEntries) || bytes + size > Number(mostBytes);
    verdicts.push(full ? 'busy' : 'accepted');
    if (full) continue;
    const place = run.add(stream, ['id', id, 'batch', batch]);
    entries += 1;
    bytes += size;
    run.change({ do: 'hset', key: held, field: id, value: `${place} ${String(size)}` });
    run.change({ do: 'hset', key: held, field: SUM, value: String(bytes) });
  }
  return verdicts;
};

const commit: Script = (run, [stream = '', held = '', fence = ''], [epoch = '', count = '', ...rest]) => {
  const seen = run.data.get(fence);
  if (seen !== undefined && Number(seen) > Number(epoch)) return ['fenced'];
  run.change({ do: 'set', key: fence, value: epoch });
  const messages = rest.slice(0, 2 * Number(count));
  for (let i = 0; i < messages.length; i += 2) {
    run.published.push({ channel: messages[i] ?? '', message: messages[i + 1] ?? '' });
  }
  removeAll(run, stream, held, rest.slice(messages.length));
  return ['committed'];
};

const removeAll = (run: Run, stream: string, held: string, places: readonly string[]): void => {
  const before = waiting(run, stream, held);
  let [removed, bytes] = [0, before.bytes];
  for (let i = 0; i < places.length; i += 2) {
    const [place = '', id = ''] = places.slice(i, i + 2);
    const [known, size] = run.data.hget(held, id)?.split(' ') ?? [];
    if (known !== place) continue;
    run.change({ do: 'xdel', key: stream, id: place });
    run.change({ do: 'hdel', key: held, field: id });
    removed += 1;
    bytes -= Number(size);
  }
  if (removed > 0 && removed === before.entries) run.change({ do: 'del', key: held });
  else if (removed > 0) run.change({ do: 'hset', key: held, field: SUM, value: String(bytes) });
};

const lag: Script = (run, [stream = '', held = '']) => {
  const { entries, bytes } = waiting(run, stream, held);
  return [entries, bytes];
};

export const SCRIPTS: Readonly<Record<ScriptName, Script>> = { append, commit, lag };

/** Which scripts run although Redis is out of memory: those with the flag allow-oom. */
export const ALLOWED_OUT_OF_MEMORY: ReadonlySet<ScriptName> = new Set(['commit', 'lag']);
