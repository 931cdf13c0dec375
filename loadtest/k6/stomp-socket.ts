/** One STOMP session on a WebSocket of k6; a virtual user holds many. */
import { WebSocket } from 'k6/websockets';
import { decode, encode, type Frame } from './stomp.ts';

export interface SessionEvents {
  /** The upgrade is done. */
  readonly opened?: () => void;
  readonly connected: () => void;
  /** Every frame but CONNECTED. */
  readonly frame?: (frame: Frame) => void;
  /** Once, and the last: the code of an ERROR, or what the socket said. */
  readonly ended: (why: string) => void;
}

export class StompSocket {
  readonly #socket: WebSocket;
  #over = false;

  constructor(url: string, token: string, events: SessionEvents) {
    const socket = new WebSocket(url);
    this.#socket = socket;
    const end = (why: string): void => {
      if (this.#over) return;
      this.#over = true;
      events.ended(why);
    };
    socket.onopen = () => {
      events.opened?.();
      this.send('CONNECT', { 'accept-version': '1.2', host: 'load', passcode: token });
    };
    socket.onmessage = (event) => {
      const data = event?.data;
      if (typeof data !== 'string') return end('not a text message');
      // Nothing of it is looked at, and a burst decodes nothing else.
      if (data.startsWith('CONNECTED\n')) return events.connected();
      for (const frame of decode(data)) {
        if (frame.command === 'ERROR') end(frame.headers['code'] ?? 'ERROR');
        else events.frame?.(frame);
      }
    };
    socket.onerror = (event) => end(event?.error ?? 'error');
    socket.onclose = () => end('closed');
  }

  send(command: string, headers: Readonly<Record<string, string>>, body?: string): void {
    this.#socket.send(encode(command, headers, body));
  }

  /** Closes, and tells nobody. */
  close(): void {
    this.#over = true;
    this.#socket.close();
  }
}
