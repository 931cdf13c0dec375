/**
 * The keys of one server: streams, hashes and strings as far as the scripts use them. Invariants:
 * 1. Every change is an effect, so that a replica which is given the same effects in the same order is the same.
 * 2. A stream's entries are in the order of their ids, and no id is given twice while the stream is there.
 */

export type Effect =
  | { readonly do: 'xadd'; readonly key: string; readonly id: string; readonly fields: readonly string[] }
  | { readonly do: 'xdel'; readonly key: string; readonly id: string }
  | { readonly do: 'hset'; readonly key: string; readonly field: string; readonly value: string }
  | { readonly do: 'hdel'; readonly key: string; readonly field: string }
  | { readonly do: 'set'; readonly key: string; readonly value: string }
  | { readonly do: 'del'; readonly key: string };

export interface Entry {
  readonly id: string;
  readonly fields: readonly string[];
}

interface Stream {
  readonly entries: Map<string, readonly string[]>;
  last: string;
}

const FIRST = '0-0';

/** Of `<milliseconds>-<number>`. */
const partsOf = (id: string): readonly [number, number] => {
  const [ms = 0, number = 0] = id.split('-').map(Number);
  return [ms, number];
};

const isBehind = (id: string, other: string): boolean => {
  const [[ms, number], [otherMs, otherNumber]] = [partsOf(id), partsOf(other)];
  return ms > otherMs || (ms === otherMs && number > otherNumber);
};

export class Dataset {
  readonly #streams = new Map<string, Stream>();
  readonly #hashes = new Map<string, Map<string, string>>();
  readonly #strings = new Map<string, string>();

  copy(): Dataset {
    const copy = new Dataset();
    for (const [key, { entries, last }] of this.#streams) copy.#streams.set(key, { entries: new Map(entries), last });
    for (const [key, fields] of this.#hashes) copy.#hashes.set(key, new Map(fields));
    for (const [key, value] of this.#strings) copy.#strings.set(key, value);
    return copy;
  }

  get(key: string): string | undefined {
    return this.#strings.get(key);
  }

  hget(key: string, field: string): string | undefined {
    return this.#hashes.get(key)?.get(field);
  }

  hlen(key: string): number {
    return this.#hashes.get(key)?.size ?? 0;
  }

  xlen(key: string): number {
    return this.#streams.get(key)?.entries.size ?? 0;
  }

  /** At most `count` entries behind `after`. */
  xread(key: string, after: string, count: number): readonly Entry[] {
    const found: Entry[] = [];
    for (const [id, fields] of this.#streams.get(key)?.entries ?? []) {
      if (found.length === count) break;
      if (after === FIRST || isBehind(id, after)) found.push({ id, fields });
    }
    return found;
  }

  /** The id that an entry gets by this clock. */
  nextId(key: string, nowMs: number): string {
    const [ms, number] = partsOf(this.#streams.get(key)?.last ?? FIRST);
    return nowMs > ms ? `${String(nowMs)}-0` : `${String(ms)}-${String(number + 1)}`;
  }

  apply(effect: Effect): void {
    const { key } = effect;
    if (effect.do === 'xadd') {
      const stream = this.#streams.get(key) ?? { entries: new Map<string, readonly string[]>(), last: FIRST };
      stream.entries.set(effect.id, effect.fields);
      stream.last = effect.id;
      this.#streams.set(key, stream);
    } else if (effect.do === 'xdel') this.#streams.get(key)?.entries.delete(effect.id);
    else if (effect.do === 'hset') this.#hash(key).set(effect.field, effect.value);
    else if (effect.do === 'hdel') this.#hdel(key, effect.field);
    else if (effect.do === 'set') this.#strings.set(key, effect.value);
    else for (const keys of [this.#streams, this.#hashes, this.#strings]) keys.delete(key);
  }

  #hash(key: string): Map<string, string> {
    const known = this.#hashes.get(key) ?? new Map<string, string>();
    this.#hashes.set(key, known);
    return known;
  }

  /** A hash without fields is no key. */
  #hdel(key: string, field: string): void {
    const fields = this.#hashes.get(key);
    fields?.delete(field);
    if (fields?.size === 0) this.#hashes.delete(key);
  }
}
