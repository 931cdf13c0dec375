import { isUtf8 } from 'node:buffer';
import { ChatError } from '../errors.js';
import { isEscaped, unescapeHeader } from './escaping.js';
import type { StompVersion } from './frame.js';

export interface HeaderSection {
  readonly command: string;
  /** Name, value, name, value … */
  readonly headers: string[];
}

/**
 * A slice of a string keeps all of the string alive. One string for all headers is the fast way, and
 * up to this size of it a subscription id may hold on to it; out of longer ones each value is copied.
 */
const SHARED_TEXT_BYTES = 1024;

/**
 * Takes a complete header section apart: `bytes[from, end)`, from the command to behind the blank
 * line, as the scanner found it.
 * @throws {ChatError} `protocol-error`
 */
export const parseHeaderSection = (
  bytes: Buffer,
  from: number,
  end: number,
  ascii: boolean,
  version: StompVersion,
): HeaderSection => {
  if (!ascii && !isUtf8(bytes.subarray(from, end))) throw malformed('the headers are not valid UTF-8');
  const text = bytes.toString(ascii ? 'latin1' : 'utf8', from, end);
  const commandEnd = text.indexOf('\n');
  const command = text.slice(0, withoutCr(text, commandEnd));
  const headers: string[] = [];
  readHeaderLines(text, commandEnd + 1, headers);
  if (version === '1.0') mapInPlace(headers, trim);
  else if (isEscaped(version, command) && text.includes('\\')) mapInPlace(headers, (h) => unescaped(h, version));
  if (end - from > SHARED_TEXT_BYTES) mapInPlace(headers, copyOf);
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === '') throw malformed(`header line ${String(i / 2 + 1)} has no name`);
  }
  return { command, headers };
};

const readHeaderLines = (text: string, from: number, headers: string[]): void => {
  for (let at = from; ;) {
    const lineFeed = text.indexOf('\n', at);
    const lineEnd = withoutCr(text, lineFeed);
    if (lineEnd === at) return;
    const colon = text.indexOf(':', at);
    if (colon < 0 || colon > lineEnd) throw malformed(`header line ${String(headers.length / 2 + 1)} has no colon`);
    headers.push(text.slice(at, colon), text.slice(colon + 1, lineEnd));
    at = lineFeed + 1;
  }
};

const malformed = (detail: string): ChatError => new ChatError('protocol-error', detail);

const withoutCr = (text: string, lineFeed: number): number => (text[lineFeed - 1] === '\r' ? lineFeed - 1 : lineFeed);

const mapInPlace = (texts: string[], change: (text: string) => string): void => {
  for (let i = 0; i < texts.length; i++) texts[i] = change(texts[i] as string);
};

const unescaped = (text: string, version: StompVersion): string => {
  const plain = unescapeHeader(text, version);
  if (plain === null) throw malformed(`an escape sequence that STOMP ${version} does not define`);
  return plain;
};

const PADDING = /^[ \t]+|[ \t]+$/g;

/** Spaces and tabs off both ends, as peers of 1.0 pad and expect it; String.trim would take far more. */
const trim = (text: string): string => {
  const last = text[text.length - 1];
  return text[0] === ' ' || text[0] === '\t' || last === ' ' || last === '\t' ? text.replace(PADDING, '') : text;
};

const copyOf = (text: string): string => Buffer.from(text).toString();
