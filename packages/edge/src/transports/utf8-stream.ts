/**
 * Judges UTF-8 that comes in pieces cut anywhere.
 *
 * Invariant
 * 1. Of what was judged at most the beginning of one character, three bytes, is kept, and no piece alive.
 */
import { isUtf8 } from 'node:buffer';

const NOTHING = new Uint8Array(0);
/** Bytes by which the end of a piece can fall short of a whole character. */
const LONGEST_CUT = 3;

/** Bytes of the character that begins with this one; beyond 0xf4 none does. */
const sizeOf = (lead: number): number => (lead > 0xf4 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1);

export class Utf8Stream {
  #cut = NOTHING;

  /** @returns false where the text is surely no UTF-8; true means: not yet known to be broken */
  push(piece: Uint8Array): boolean {
    if (this.#cut.length > 0) return this.#complete(piece);
    if (isUtf8(piece)) return true;
    const whole = piece.length - cutOf(piece);
    this.#cut = new Uint8Array(piece.subarray(whole));
    return this.#cut.length > 0 && isUtf8(piece.subarray(0, whole));
  }

  /** The text is over. @returns whether it ended with a whole character. The next one may begin. */
  end(): boolean {
    const isWhole = this.#cut.length === 0;
    this.#cut = NOTHING;
    return isWhole;
  }

  #complete(piece: Uint8Array): boolean {
    const missing = sizeOf(this.#cut[0] ?? 0) - this.#cut.length;
    const character = Buffer.concat([this.#cut, piece.subarray(0, missing)]);
    if (piece.length < missing) {
      this.#cut = new Uint8Array(character);
      return true;
    }
    this.#cut = NOTHING;
    return isUtf8(character) && this.push(piece.subarray(missing));
  }
}

/** Bytes at the end that begin a character and do not end it. */
const cutOf = (piece: Uint8Array): number => {
  for (let back = 1; back <= Math.min(LONGEST_CUT, piece.length); back++) {
    const byte = piece[piece.length - back] ?? 0;
    if (byte >= 0xc0) return sizeOf(byte) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
};
