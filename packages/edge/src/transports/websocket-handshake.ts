/** The server's side of the opening handshake (RFC 6455, 4.2), once it is clear that the client may come in. */
import { hash } from 'node:crypto';
import type { UpgradeRequest } from '../adapters/upgrade-guard.js';
import type { UpgradeRefusal } from './refuse-upgrade.js';

export type Handshake =
  | { readonly agreed: true; /** The head of the answer, whole. */ readonly answer: string }
  | ({ readonly agreed: false } & UpgradeRefusal);

const VERSION = '13';
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Of the subprotocols a client offers it gets the first: STOMP's names (`v12.stomp` and so on) are what clients
 * prefer, and CONNECT settles the version whatever was said here. Extensions are not spoken.
 */
export const agree = ({ method, headers }: UpgradeRequest): Handshake => {
  if (method !== 'GET') return refused(405, 'An upgrade is a GET.', { Allow: 'GET' });
  if (headers.upgrade?.toLowerCase() !== 'websocket') return refused(400, 'Upgrade: websocket is expected.');
  const key = headers['sec-websocket-key'];
  if (key === undefined || !KEY.test(key)) return refused(400, 'Sec-WebSocket-Key: 16 bytes in base64 are expected.');
  if (headers['sec-websocket-version'] !== VERSION) {
    return refused(426, 'Sec-WebSocket-Version: 13 is expected.', { 'Sec-WebSocket-Version': VERSION });
  }
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  if (!offered.every((name) => TOKEN.test(name)) || new Set(offered).size < offered.length) {
    return refused(400, 'Sec-WebSocket-Protocol: a list of different names is expected.');
  }
  return { agreed: true, answer: answerTo(key, offered[0]) };
};

const answerTo = (key: string, protocol: string | undefined): string =>
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  `Sec-WebSocket-Accept: ${hash('sha1', key + KEY_SUFFIX, 'base64')}\r\n` +
  (protocol === undefined ? '\r\n' : `Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`);

const refused = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): Handshake => ({
  agreed: false,
  status,
  headers,
  text,
});
