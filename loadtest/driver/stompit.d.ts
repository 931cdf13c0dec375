/** The part of `stompit` (which has no types) that is used here. */
declare module 'stompit' {
  import type { EventEmitter } from 'node:events';
  import type { Writable } from 'node:stream';

  interface IncomingFrame {
    readonly headers: Readonly<Record<string, string>>;
    readString(encoding: string, callback: (error: Error | null, body?: string) => void): void;
  }
  interface ClientError extends Error {
    isApplicationError?(): boolean;
  }
  interface Client extends EventEmitter {
    on(event: 'error', listener: (error: ClientError) => void): this;
    on(event: 'end', listener: () => void): this;
    setCommandHandler(command: string, handler: (frame: IncomingFrame, next: () => void) => void): void;
    readEmptyBody(frame: IncomingFrame, callback: () => void): void;
    subscribe(
      headers: Record<string, string>,
      listener: (error: Error | null, message: IncomingFrame) => void,
    ): unknown;
    sendFrame(command: string, headers: Record<string, string>): Writable;
    destroy(error?: Error): void;
  }
  interface ConnectOptions {
    host: string;
    port: number;
    timeout?: number;
    connectHeaders?: Record<string, string>;
  }
  const stompit: { connect(options: ConnectOptions, listener: (error: Error | null, client: Client) => void): Client };
  export default stompit;
}
