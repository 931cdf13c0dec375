import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE_HANDSHAKE_MS } from '@munova/contracts';
import type { Timers } from '@munova/contracts';

export interface UpgradeRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * Answers an upgrade with a status and closes. The server's sockets may be half-open, so that ending our
 * side is not enough: the socket is destroyed once the answer is out, and after CLOSE_HANDSHAKE_MS in any case.
 */
export const refuseUpgrade = (socket: Duplex, { status, headers, text }: UpgradeRefusal, timers: Timers): void => {
  const lines = Object.entries({
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  const destroy = (): void => {
    socket.destroy();
  };
  const timer = timers.after(CLOSE_HANDSHAKE_MS, destroy);
  socket
    // The peer may be gone already, and that is its own business.
    .on('error', destroy)
    .once('finish', destroy)
    .once('close', () => timer.cancel())
    // Closing with unread bytes would reset the connection, and the answer with it.
    .resume()
    .end(`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${text}`);
};
