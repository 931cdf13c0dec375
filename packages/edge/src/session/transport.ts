/** The port behind which sockets are: a session knows no WebSocket and no TCP. */

/** How one encoded STOMP frame stands on this kind of wire; one object per kind, so that its output can be shared. */
export interface Framing {
  readonly name: string;
  /** The bytes that carry `frame`, ready for `Transport.write`. */
  wrap(frame: Uint8Array): Uint8Array;
}

export interface TransportHandler {
  /** Whatever the client sent, cut anywhere. The bytes are the handler's to keep. */
  onData(chunk: Uint8Array): void;
  /** Everything written has been taken by the operating system. May come unasked. */
  onDrain(): void;
  /** The client has said its last, and may still be told something. Not on every kind of wire. */
  onEnd(): void;
  /** Once, whoever closed; nothing follows. */
  onClose(): void;
}

export interface Ending {
  /** A last STOMP frame, not wrapped; null for none. */
  readonly frame: Uint8Array | null;
  /** WebSocket close code; TCP has none. */
  readonly code: number;
  /** At most 123 bytes. */
  readonly reason: string;
}

export interface Transport {
  readonly framing: Framing;
  /** Bytes written and not yet taken by the operating system. */
  readonly queuedBytes: number;
  /** Begins to read. Called once, before anything else. */
  open(handler: TransportHandler): void;
  /** One write to the socket; `bytes` are wrapped frames. A no-op after `end` and after the close. */
  write(bytes: Uint8Array): void;
  /** A little of what is under way may still arrive after `pause`. Both idempotent. */
  pause(): void;
  resume(): void;
  /** Flushes, says why, closes; what the client still sends is thrown away. Idempotent; ends in `onClose`. */
  end(ending: Ending): void;
  /** Closes at once. */
  destroy(): void;
}
