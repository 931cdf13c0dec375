import { ChatError } from '../errors.js';
import { CR, LF, NUL } from './octets.js';

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;

export interface HeaderLimits {
  /** Header lines of one frame, repetitions included. */
  readonly maxHeaders: number;
  /** Bytes of the command line, the header lines and the blank line, line ends included. */
  readonly maxHeaderBytes: number;
  /** Bytes of the command. */
  readonly maxCommandBytes: number;
}

/**
 * Finds the end of a header section that comes in pieces. Invariants:
 * 1. It looks at each byte once, and remembers a handful of numbers between two pieces.
 * 2. What it says of a byte depends on the bytes before it alone, not on how they were cut.
 * 3. It never reads past the limit: a section without end is refused at its first byte too many.
 */
export class HeaderScanner {
  readonly #limits: HeaderLimits;
  #length = 0;
  #lines = 0;
  #lineLength = 0;
  #afterCr = false;
  /** All bytes or-ed together; below 0x80 the section is ASCII. */
  #octets = 0;

  constructor(limits: HeaderLimits) {
    this.#limits = limits;
  }

  get ascii(): boolean {
    return this.#octets < 0x80;
  }

  reset(): void {
    this.#length = 0;
    this.#lines = 0;
    this.#lineLength = 0;
    this.#afterCr = false;
    this.#octets = 0;
  }

  /**
   * Reads on from `chunk[from]`.
   * @returns the index behind the blank line, or -1 where the chunk ended before it.
   * @throws {ChatError} `protocol-error`, `too-large`
   */
  scan(chunk: Buffer, from: number): number {
    const { maxHeaderBytes } = this.#limits;
    const stop = Math.min(chunk.length, from + maxHeaderBytes - this.#length);
    let at = from;
    if (this.#lines === 0) at = this.#scanCommand(chunk, at, stop);
    if (this.#lines > 0) {
      const end = this.#scanHeaders(chunk, at, stop);
      if (end >= 0) return end;
    }
    this.#length += stop - from;
    if (stop < chunk.length) throw new ChatError('too-large', `the headers exceed ${String(maxHeaderBytes)} bytes`);
    return -1;
  }

  /** Reads the command line. A peer that speaks something else (TLS, HTTP) is known by its first bytes. */
  #scanCommand(chunk: Buffer, from: number, stop: number): number {
    const { maxCommandBytes } = this.#limits;
    for (let i = from; i < stop; i++) {
      const octet = chunk[i] as number;
      if (octet === LF) {
        this.#endLine();
        return i + 1;
      }
      if (this.#afterCr) throw strayCr();
      if (octet === CR) {
        this.#afterCr = true;
      } else {
        if (octet < UPPER_A || octet > UPPER_Z) {
          throw new ChatError('protocol-error', 'a command has upper-case letters A to Z only');
        }
        if (++this.#lineLength > maxCommandBytes) {
          throw new ChatError('protocol-error', `the command exceeds ${String(maxCommandBytes)} letters`);
        }
      }
    }
    return stop;
  }

  #scanHeaders(chunk: Buffer, from: number, stop: number): number {
    let lineLength = this.#lineLength;
    let octets = this.#octets;
    let afterCr = this.#afterCr;
    for (let i = from; i < stop; i++) {
      const octet = chunk[i] as number;
      if (octet === LF) {
        if (lineLength === 0) {
          this.#octets = octets;
          return i + 1;
        }
        this.#endLine();
        lineLength = 0;
        afterCr = false;
      } else if (afterCr) {
        throw strayCr();
      } else if (octet === CR) {
        afterCr = true;
      } else if (octet === NUL) {
        throw new ChatError('protocol-error', 'a NUL before the blank line that ends the headers');
      } else {
        lineLength++;
        octets |= octet;
      }
    }
    this.#lineLength = lineLength;
    this.#octets = octets;
    this.#afterCr = afterCr;
    return -1;
  }

  #endLine(): void {
    const { maxHeaders } = this.#limits;
    this.#lines++;
    this.#lineLength = 0;
    this.#afterCr = false;
    // The first line is the command.
    if (this.#lines - 1 > maxHeaders) throw new ChatError('too-large', `more than ${String(maxHeaders)} headers`);
  }
}

const strayCr = (): ChatError => new ChatError('protocol-error', 'a carriage return that ends no line');
