import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { ApiClient } from '../api-client.js';
import { ChatConnection, type ChatEntry } from '../chat/chat-connection.js';
import { readConfig } from '../config.js';
import { findJwtSecret } from '../secrets.js';
import { serverUrl } from '../server-address.js';
import { checkClaims, parseTtl, signToken } from '../tokens.js';

export interface ChatCommandOptions {
  readonly product?: string;
  readonly group?: string;
  readonly token?: string;
  readonly sub?: string;
  readonly name?: string;
  readonly role: string;
  readonly shop?: string;
  readonly url?: string;
  readonly dataDir?: string;
  readonly history: string;
  readonly raw?: boolean;
}

interface RoomView {
  readonly roomId: string;
  readonly name: string;
  readonly type: 'ONE_ON_ONE' | 'GROUP';
}

const SETTLE_MS = 10_000;

/** Joins a room from the terminal. @returns the exit code: 1 where something typed got no receipt */
export const chat = async (room: string | undefined, options: ChatCommandOptions): Promise<number> => {
  const config = readConfig({ dataDir: options.dataDir });
  const url = serverUrl(config, options.url);
  const token = options.token ?? signToken(findJwtSecret(config), checkClaims(options), parseTtl('1d'));
  const api = new ApiClient(url, token);
  const view = await findRoom(api, room, options);
  process.stdout.write(`# ${view.name} (${view.roomId})\n`);
  const history = await showHistory(api, view.roomId, options.history);
  return converse(view.roomId, { url, token, cursor: history, raw: options.raw === true });
};

const findRoom = async (api: ApiClient, room: string | undefined, options: ChatCommandOptions): Promise<RoomView> => {
  if (options.product !== undefined) {
    return api.call<RoomView>('POST', `/api/chat/one-to-one/${encodeURIComponent(options.product)}`, {
      idempotencyKey: randomUUID(),
    });
  }
  if (options.group !== undefined) return joinGroupNamed(api, options.group);
  if (room === undefined) throw new Error('say which room: its id, --product ID, or --group NAME');
  const path = encodeURIComponent(room);
  try {
    return await api.call<RoomView>('GET', `/api/chat/rooms/${path}`);
  } catch {
    // Not a member yet, or no such room: joining tells which.
    return api.call<RoomView>('POST', `/api/chat/group/${path}`, { idempotencyKey: randomUUID() });
  }
};

const joinGroupNamed = async (api: ApiClient, name: string): Promise<RoomView> => {
  const query = new URLSearchParams({ keyword: name, limit: '100' });
  const { items } = await api.call<{ items: RoomView[] }>('GET', `/api/chat/group/search?${query.toString()}`);
  const found = items.find((item) => item.name === name) ?? (items.length === 1 ? items[0] : undefined);
  if (found === undefined) {
    const names = items.map((item) => `  ${item.name}`).join('\n');
    throw new Error(
      items.length === 0 ? `no open group is called "${name}"` : `several groups match "${name}":\n${names}`,
    );
  }
  return api.call<RoomView>('POST', `/api/chat/group/${found.roomId}`, { idempotencyKey: randomUUID() });
};

/** @returns the seq of the last entry shown */
const showHistory = async (api: ApiClient, room: string, limit: string): Promise<number> => {
  const path = `/api/chat/messages/${room}?limit=${encodeURIComponent(limit)}`;
  const { items, head } = await api.call<{ items: ChatEntry[]; head: number }>('GET', path);
  for (const item of items) showEntry(item);
  return head;
};

interface Connection {
  readonly url: string;
  readonly token: string;
  readonly cursor: number;
  readonly raw: boolean;
}

const converse = async (room: string, { url, token, cursor, raw }: Connection): Promise<number> => {
  const input = createInterface({ input: process.stdin, terminal: false });
  let ended: string | null = null;
  const connection = new ChatConnection(
    { ws: `${url.replace(/^http/, 'ws')}/ws`, token, room, cursor, raw, newId: randomUUID },
    {
      entry: showEntry,
      refused: ({ code, message }) => process.stderr.write(`! ${code}: ${message}\n`),
      connected: () => process.stderr.write('# connected\n'),
      disconnected: () => process.stderr.write('# connection lost, coming back\n'),
      ended: (message) => {
        ended = message;
        input.close();
      },
      frame: (text) => process.stderr.write(`${text}\n`),
    },
  );
  process.once('SIGINT', () => {
    input.close();
  });
  process.once('SIGTERM', () => {
    input.close();
  });
  connection.open();
  for await (const line of input) {
    if (line === '/quit') break;
    if (line !== '') connection.send(line);
  }
  // Leaving the loop does not close what it read from, and an open terminal keeps the process.
  input.close();
  if (ended === null) await Promise.race([connection.settled(), delay(SETTLE_MS)]);
  await connection.close();
  if (ended !== null) process.stderr.write(`! ${String(ended)}\n`);
  if (connection.unsettled > 0) process.stderr.write(`! ${String(connection.unsettled)} without a receipt\n`);
  return ended === null && connection.unsettled === 0 ? 0 : 1;
};

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

const showEntry = (entry: ChatEntry): void => {
  const time = new Date(entry.createdAt).toTimeString().slice(0, 8);
  process.stdout.write(`${time} ${textOf(entry)}\n`);
};

const textOf = ({ kind, senderName, content, redacted, data }: ChatEntry): string => {
  if (kind === 'message') return `${senderName}: ${redacted === true ? '(removed)' : (content ?? '')}`;
  const about = [data?.['userId'], data?.['name'], data?.['maxParticipants']].find((value) => value !== undefined);
  const subject = kind === 'created' || about === undefined ? '' : ` ${about}`;
  return `-- ${kind}${subject} (${senderName})`;
};
