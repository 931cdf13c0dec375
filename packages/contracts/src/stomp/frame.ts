import { isUtf8 } from 'node:buffer';

export type StompVersion = '1.0' | '1.1' | '1.2';
/** Lowest first, as the `version` header of an ERROR about versions lists them. */
export const STOMP_VERSIONS = ['1.0', '1.1', '1.2'] as const satisfies readonly StompVersion[];

/**
 * A decoded frame. It owns its memory: neither a string nor the body keeps the network chunk alive
 * from which it was decoded, so a frame may be queued for as long as its owner's limits allow.
 */
export class StompFrame {
  /** 1–32 upper-case letters; whether it means anything is the session's to judge. */
  readonly command: string;
  /** Name, value, name, value …, unescaped, in the order of arrival, repetitions included. */
  readonly headers: readonly string[];
  /** Empty where the frame has none. */
  readonly body: Buffer;

  constructor(command: string, headers: readonly string[], body: Buffer) {
    this.command = command;
    this.headers = headers;
    this.body = body;
  }

  /**
   * The first header of this name: "only the first header entry SHOULD be used as the value"
   * (STOMP 1.2, Repeated Header Entries). A scan, because frames have half a dozen headers and
   * fewer look-ups: building a map for each frame would cost more than it saves.
   */
  header(name: string): string | undefined {
    return firstHeader(this.headers, name);
  }

  /** The body as text, or null where it is not valid UTF-8. */
  text(): string | null {
    const text = this.body.toString('utf8');
    // Only a text with a replacement character in it can have come from broken bytes.
    return text.includes('\ufffd') && !isUtf8(this.body) ? null : text;
  }
}

/** The value of the first header of this name in a flat list of names and values. */
export const firstHeader = (headers: readonly string[], name: string): string | undefined => {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === name) return headers[i + 1];
  }
  return undefined;
};
