const SMALLEST_BYTES = 256;

/**
 * The bytes of a frame that has not arrived whole. Invariants:
 * 1. Empty, it holds no memory: a connection between two frames costs nothing.
 * 2. The capacity at least doubles each time it grows, so n bytes fed one by one are copied O(n) in all.
 * 3. It grows with what arrived, never with what was announced, and not past the cap it is given.
 */
export class Accumulator {
  #bytes: Buffer | null = null;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.#bytes?.length ?? 0;
  }

  /** Copies `source[from, to)` to the end. The caller sees to it that the sum stays within `cap`. */
  append(source: Buffer, from: number, to: number, cap: number): void {
    const length = this.#length + to - from;
    if (this.#bytes === null || length > this.#bytes.length) this.#grow(length, cap);
    this.#bytes?.set(source.subarray(from, to), this.#length);
    this.#length = length;
  }

  /** Everything so far, and forgets it. The memory is nobody else's; up to half of it may be spare. */
  take(): Buffer {
    const all = this.#bytes?.subarray(0, this.#length) ?? Buffer.alloc(0);
    this.clear();
    return all;
  }

  clear(): void {
    this.#bytes = null;
    this.#length = 0;
  }

  #grow(needed: number, cap: number): void {
    const doubled = Math.max(needed, 2 * this.capacity, SMALLEST_BYTES);
    // Not from Node's pool: a small frame must not keep a pool slab alive.
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(doubled, cap)));
    if (this.#bytes !== null) grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
