/**
 * The head of a request that asks for our WebSocket, from its bytes. Everything that is not plainly such a head is
 * left to the HTTP server, which knows what to answer; so what is taken here is a clean subset of what HTTP allows.
 */
import { UPGRADE_HEAD_MAX_BYTES, UPGRADE_HEAD_MAX_HEADERS } from '@munova/contracts';

export interface UpgradeHead {
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the head, its blank line included. */
  readonly length: number;
}

/** `incomplete`: more bytes may make it one. */
export type UpgradeLook = UpgradeHead | 'incomplete' | 'other';

const PREFIX = Buffer.from('GET /ws');
const END_OF_HEAD = '\r\n\r\n';
const REQUEST_LINE = /GET (\/ws(?:\/websocket)?(?:\?[!-~]*)?) HTTP\/1\.1\r\n/y;
const HEADER_LINE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*((?:[!-~\x80-\xff]+(?:[\t ]+[!-~\x80-\xff]+)*)?)[\t ]*\r\n/y;
const NAMES_UPGRADE = /(?:^|,)[\t ]*upgrade[\t ]*(?:,|$)/i;

/** What the upgrade is judged by. */
const JUDGED: ReadonlySet<string> = new Set([
  'host',
  'origin',
  'authorization',
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
]);
/** A request with one of these is more than its head. */
const WITH_BODY: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'expect']);

/** @param bytes all that came so far */
export const lookForUpgrade = (bytes: Buffer): UpgradeLook => {
  const known = Math.min(bytes.length, PREFIX.length);
  if (bytes.compare(PREFIX, 0, known, 0, known) !== 0) return 'other';
  const end = bytes.indexOf(END_OF_HEAD);
  if (end === -1) return bytes.length < UPGRADE_HEAD_MAX_BYTES ? 'incomplete' : 'other';
  const length = end + END_OF_HEAD.length;
  return length > UPGRADE_HEAD_MAX_BYTES ? 'other' : (parse(bytes.toString('latin1', 0, length), length) ?? 'other');
};

const parse = (text: string, length: number): UpgradeHead | null => {
  REQUEST_LINE.lastIndex = 0;
  const url = REQUEST_LINE.exec(text)?.[1];
  if (url === undefined) return null;
  const headers = parseHeaders(text, REQUEST_LINE.lastIndex, length - 2);
  if (headers?.['host'] === undefined) return null;
  const isUpgrade =
    headers['upgrade']?.toLowerCase() === 'websocket' && NAMES_UPGRADE.test(headers['connection'] ?? '');
  return isUpgrade ? { method: 'GET', url, headers, length } : null;
};

/** Null for a line that is no plain header, one that brings a body, a judged one that is repeated, or too many. */
const parseHeaders = (text: string, from: number, to: number): Record<string, string> | null => {
  const headers: Record<string, string> = {};
  let count = 0;
  for (HEADER_LINE.lastIndex = from; HEADER_LINE.lastIndex < to; count++) {
    const line = HEADER_LINE.exec(text);
    if (line === null || count === UPGRADE_HEAD_MAX_HEADERS) return null;
    const [, written = '', value = ''] = line;
    const name = written.toLowerCase();
    if (WITH_BODY.has(name)) return null;
    if (!JUDGED.has(name)) continue;
    if (headers[name] !== undefined) return null;
    headers[name] = value;
  }
  return headers;
};
