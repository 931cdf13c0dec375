import { escapeHeader, isEscaped } from './escaping.js';
import type { StompVersion } from './frame.js';
import { Slab } from './slab.js';

/** Headers of a frame to send, in this order; those that are undefined are left out. */
export type OutgoingHeaders = Readonly<Record<string, string | number | undefined>>;

/** One end of line: what each side sends when it has nothing to say. */
export const HEARTBEAT: Uint8Array = Buffer.from('\n');

/**
 * One frame as bytes, in memory of its own. A body, even an empty one, gets a `content-length` (one
 * given in the headers is replaced); text is encoded as UTF-8. Header characters that the version
 * cannot express become a space, see `escapeHeader`; in 1.0 the receiver trims padding.
 * @throws {RangeError} for a header name that the version cannot express: names are the program's own.
 */
export const encodeFrame = (
  version: StompVersion,
  command: string,
  headers: OutgoingHeaders,
  body?: string | Uint8Array,
): Buffer => {
  let head = `${command}\n${encodeHeaders(headers, version, isEscaped(version, command))}`;
  if (body === undefined) return assemble(`${head}\n`, '', 0);
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  head += `content-length:${String(bodyBytes)}\n\n`;
  return assemble(head, body, bodyBytes);
};

const encodeHeaders = (headers: OutgoingHeaders, version: StompVersion, escaped: boolean): string => {
  let lines = '';
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || name === 'content-length') continue;
    const text = typeof value === 'string' ? escapeHeader(value, version, escaped) : String(value);
    lines += `${encodeName(name, version, escaped)}:${text}\n`;
  }
  return lines;
};

const encodeName = (name: string, version: StompVersion, escaped: boolean): string => {
  const encoded = escapeHeader(name, version, escaped);
  if (encoded === '' || encoded.includes(':')) throw new RangeError(`no header name in STOMP ${version}: "${encoded}"`);
  return encoded;
};

const slab = new Slab();

const assemble = (head: string, body: string | Uint8Array, bodyBytes: number): Buffer => {
  const headBytes = Buffer.byteLength(head);
  const frame = slab.take(headBytes + bodyBytes + 1);
  frame.write(head, 0);
  if (typeof body === 'string') frame.write(body, headBytes);
  else frame.set(body, headBytes);
  frame[headBytes + bodyBytes] = 0;
  return frame;
};
