/** Writes what clients see as the checker's lines, in the order in which it happened. */
import { createWriteStream, type WriteStream } from 'node:fs';
import type { HistoryLine } from '../checker/history.js';

export class Recorder {
  readonly file: string;
  readonly #out: WriteStream;

  constructor(file: string) {
    this.file = file;
    this.#out = createWriteStream(file);
  }

  add(line: HistoryLine): void {
    this.#out.write(`${JSON.stringify(line)}\n`);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#out.end(resolve));
  }
}
