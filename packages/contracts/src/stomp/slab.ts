/** What a small piece keeps alive at most, however small it is. */
const SLAB_BYTES = 8 * 1024;
/** Larger pieces get memory of their own, so that no more than this of a slab's end is wasted. */
const LARGEST_PIECE_BYTES = 1024;

/**
 * Memory for frames and bodies. An ArrayBuffer of its own costs five times the copying of a typical
 * frame, and Node's own pool has slabs of 64 KiB, all of which one queued frame of 50 bytes would
 * keep alive. So small pieces share slabs of 8 KiB, large ones share nothing.
 */
export class Slab {
  #slab = Buffer.alloc(0);
  #used = 0;

  /** Uninitialised memory; no two pieces overlap. */
  take(bytes: number): Buffer {
    if (bytes > LARGEST_PIECE_BYTES) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    const piece = this.#slab.subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    return piece;
  }
}
