import { createHash } from 'node:crypto';
import { Gatherer, type HistoryLine } from '@munova/loadtest/checker';

const TAIL_LINES = 80; // lines of the timeline that are kept for a person

/** What happened, as a hash that tells two runs apart, as facts for the checker, and as text for a person. */
export class Trace {
  /** Of the history since the last restore. */
  gatherer = new Gatherer();
  readonly #hash = createHash('sha256');
  readonly #tail: string[] = [];
  events = 0;
  /** Hears of what clients see, at that moment. */
  onLine: (line: HistoryLine) => void = () => undefined;

  event(at: number, name: string): void {
    this.events += 1;
    this.#hash.update(`${String(at)} ${name}\n`);
  }

  line(at: number, line: HistoryLine): void {
    this.gatherer.add(line);
    this.note(at, textOf(line));
    this.onLine(line);
  }

  note(at: number, text: string): void {
    const shown = `${(at / 1_000).toFixed(3).padStart(9)}  ${text}`;
    this.#hash.update(shown);
    this.#tail.push(shown);
    if (this.#tail.length > 2 * TAIL_LINES) this.#tail.splice(0, TAIL_LINES);
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  tail(): readonly string[] {
    return this.#tail.slice(-TAIL_LINES);
  }
}

const textOf = (line: HistoryLine): string => {
  switch (line.e) {
    case 'send':
      return `${line.session} sends ${line.cmid} to ${line.room}: ${line.content.slice(0, 40)}`;
    case 'receipt':
      return `${line.session} hears that ${line.cmid} stands at ${String(line.seq)} of ${line.room}`;
    case 'refused':
      return `${line.session} hears ${line.code} (${line.retry}) for ${line.cmid} in ${line.room}`;
    case 'subscribed':
      return `${line.session} is subscribed to ${line.room} from ${String(line.after)}, head ${String(line.head)}`;
    case 'delivered':
      return `${line.session} gets ${line.entry.kind} ${String(line.entry.seq)} of ${line.entry.roomId}`;
    case 'live':
      return `${line.session} is live in ${line.room}`;
    case 'history':
      return `${line.entry.roomId} ${String(line.entry.seq)}: ${line.entry.kind} ${line.entry.senderId}/${line.entry.clientMessageId}`;
    case 'head':
      return `${line.room} ends at ${String(line.head)}`;
  }
};
