/**
 * A WebSocket client that costs next to nothing: it writes masked frames with a zero key, and walks over
 * what comes by the frames' lengths. Used for every server that is measured, so that the driver is the same.
 */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface RawWsTarget {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The address to connect from; several are needed beyond some 14,000 connections. */
  readonly localAddress?: string;
}

/** Called for each frame; `bytes` is only valid during the call. */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void;

export class RawWs {
  readonly #socket: Socket;
  #rest: Buffer | null = null;
  onFrame: OnFrame = () => undefined;
  onClose: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Resolves when the upgrade was answered with 101. */
  static open({ host, port, path, localAddress }: RawWsTarget): Promise<RawWs> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) });
      const ws = new RawWs(socket);
      let head = Buffer.alloc(0);
      const shake = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        socket.off('data', shake);
        if (!head.toString('latin1', 0, 12).endsWith('101')) {
          socket.destroy();
          reject(new Error(head.toString('latin1', 0, head.indexOf('\r\n'))));
          return;
        }
        socket.on('data', (data) => {
          ws.#data(data);
        });
        resolve(ws);
        const rest = head.subarray(end + 4);
        if (rest.length > 0)
          queueMicrotask(() => {
            ws.#data(rest);
          });
      };
      socket.on('data', shake);
      socket.on('error', reject);
      socket.on('close', () => {
        reject(new Error('closed'));
        ws.onClose();
      });
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${host}:${String(port)}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
    });
  }

  send(text: string): void {
    const body = Buffer.from(text);
    const long = body.length > 125;
    const frame = Buffer.alloc((long ? 8 : 6) + body.length);
    frame[0] = 0x81;
    frame[1] = 0x80 | (long ? 126 : body.length);
    if (long) frame.writeUInt16BE(body.length, 2);
    body.copy(frame, frame.length - body.length);
    this.#socket.write(frame);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #data(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + 2 <= bytes.length) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const header = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (at + header > bytes.length) break;
      const length =
        short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
      const end = at + header + length;
      if (end > bytes.length) break;
      this.onFrame(bytes, at + header, end);
      at = end;
    }
    this.#rest = at === bytes.length ? null : Buffer.from(bytes.subarray(at));
  }
}
