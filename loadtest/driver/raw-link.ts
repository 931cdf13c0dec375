/** STOMP 1.2 written and read as bare bytes on a TCP socket, with nothing of anybody's codec. */
import { connect, type Socket } from 'node:net';
import { CONNECT_TIMEOUT_MS, type Headers, type Link, type OpenLink } from './link.js';

export interface RawFrame {
  readonly command: string;
  readonly headers: Headers;
  readonly body: string;
}

const escape = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\r', '\\r').replaceAll('\n', '\\n').replaceAll(':', '\\c');
const unescape = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_all, code: string) => ({ r: '\r', n: '\n', c: ':', '\\': '\\' })[code] ?? code);

export const frameText = (command: string, headers: Headers, body = ''): string => {
  const plain = command === 'CONNECT';
  const lines = Object.entries(headers).map(([name, value]) =>
    plain ? `${name}:${value}` : `${escape(name)}:${escape(value)}`,
  );
  const length = body === '' ? [] : [`content-length:${String(Buffer.byteLength(body))}`];
  return `${[command, ...lines, ...length].join('\n')}\n\n${body}\0`;
};

/** Takes bytes, gives frames. Good enough for what a server of ours sends: every body has its length. */
export class RawFrames {
  #buffer = Buffer.alloc(0);

  *push(chunk: Buffer): Generator<RawFrame> {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      let start = 0;
      while (this.#buffer[start] === 0x0a || this.#buffer[start] === 0x0d) start += 1;
      const blank = this.#buffer.indexOf('\n\n', start);
      if (blank < 0) return;
      const [command = '', ...lines] = this.#buffer.toString('utf8', start, blank).split('\n');
      const headers: Record<string, string> = {};
      for (const line of lines) {
        const colon = line.indexOf(':');
        headers[unescape(line.slice(0, colon))] ??= unescape(line.slice(colon + 1));
      }
      const from = blank + 2;
      const length = headers['content-length'];
      const end = length === undefined ? this.#buffer.indexOf(0, from) : from + Number(length);
      if (end < 0 || end >= this.#buffer.length) return;
      const body = this.#buffer.toString('utf8', from, end);
      this.#buffer = this.#buffer.subarray(end + 1);
      yield { command, headers, body };
    }
  }
}

export const openRawLink: OpenLink = (target, token, events) =>
  new Promise<Link>((resolve, reject) => {
    const socket: Socket = connect({ host: target.tcpHost, port: target.tcpPort, noDelay: true });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => {
      socket.destroy();
    });
    const frames = new RawFrames();
    const write = (command: string, headers: Headers, body?: string): void => {
      if (!socket.destroyed) socket.write(frameText(command, headers, body));
    };
    const link: Link = {
      subscribe: (headers) => {
        write('SUBSCRIBE', headers);
      },
      send: (headers, body) => {
        write('SEND', headers, body);
      },
      drop: () => {
        socket.resetAndDestroy();
      },
    };
    socket.on('connect', () => {
      write('CONNECT', { 'accept-version': '1.2', host: 'munova', passcode: token });
    });
    socket.on('data', (chunk) => {
      for (const { command, headers, body } of frames.push(chunk)) {
        if (command === 'MESSAGE') events.message(headers, body);
        else if (command === 'RECEIPT') events.receipt(headers);
        else if (command === 'ERROR') events.error(headers);
        else if (command === 'CONNECTED') {
          socket.setTimeout(0);
          resolve(link);
        }
      }
    });
    socket.on('error', () => {
      socket.destroy();
    });
    socket.on('close', () => {
      reject(new Error('closed before CONNECTED'));
      events.closed();
    });
  });
