/**
 * An immutable map whose newest version costs what a plain `Map` costs.
 *
 * 1. All versions made from one another share one table; exactly one version, the root, owns it.
 * 2. Every other version holds one difference and the version it differs from, a step nearer to the root.
 * 3. Reading or extending a version makes it the root first, turning the differences on the way round.
 *    So the version used last is O(1) to use again, and one that lies d steps away costs O(d) once.
 * 4. A root refers to no other version: versions that nobody holds are collected.
 *
 * A plan works on new versions and may be dropped; whoever held the old one goes on with it.
 * Source: H. Baker, "Shallow binding makes functional arrays fast" (1991).
 */
export class VersionedMap<K, V extends Value> {
  #table: Map<K, V> | null;
  #difference: Difference<K, V> | null = null;

  private constructor(table: Map<K, V> | null) {
    this.#table = table;
  }

  static empty<K, V extends Value>(): VersionedMap<K, V> {
    return new VersionedMap<K, V>(new Map());
  }

  get size(): number {
    return this.#own().size;
  }

  get(key: K): V | undefined {
    return this.#own().get(key);
  }

  has(key: K): boolean {
    return this.#own().has(key);
  }

  /** A copy, in no order that means anything. */
  entries(): [K, V][] {
    return [...this.#own()];
  }

  with(key: K, value: V): VersionedMap<K, V> {
    const table = this.#own();
    const next = new VersionedMap(table);
    this.#giveUp({ key, value: table.get(key), from: next });
    table.set(key, value);
    return next;
  }

  #own(): Map<K, V> {
    if (this.#table !== null) return this.#table;
    const path: VersionedMap<K, V>[] = [this];
    let root = this.#differs().from;
    while (root.#table === null) {
      path.push(root);
      root = root.#differs().from;
    }
    const table = root.#table;
    for (const version of path.reverse()) version.#takeOver(table);
    return table;
  }

  /** Makes this the root instead of the version it differs from, which is. */
  #takeOver(table: Map<K, V>): void {
    const { key, value, from } = this.#differs();
    from.#giveUp({ key, value: table.get(key), from: this });
    if (value === undefined) table.delete(key);
    else table.set(key, value);
    this.#table = table;
    this.#difference = null;
  }

  #giveUp(difference: Difference<K, V>): void {
    this.#table = null;
    this.#difference = difference;
  }

  #differs(): Difference<K, V> {
    if (this.#difference === null) throw new Error('a root was taken for a version that differs');
    return this.#difference;
  }
}

/** Anything but undefined, which stands for absence. */
export type Value = object | string | number | boolean | null;

interface Difference<K, V extends Value> {
  readonly key: K;
  /** Undefined where the key is absent. */
  readonly value: V | undefined;
  readonly from: VersionedMap<K, V>;
}
