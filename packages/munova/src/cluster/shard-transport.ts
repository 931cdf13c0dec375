/**
 * The actor node as a transport of Nest's (ADR 30): Nest starts and closes it with the rest of the application.
 *
 * 1. It owns the streams of its shards from `listen` on; `close` drains the node, once.
 * 2. Batches go from the streams to the node's message path. No message meets a handler, guard or pipe of Nest's.
 */
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { ClusterNode } from '@munova/room-actors';

export class ShardTransport extends Server implements CustomTransportStrategy {
  readonly #node: ClusterNode;
  #closed: Promise<void> | null = null;

  constructor(node: ClusterNode) {
    super();
    this.#node = node;
  }

  override listen(callback: () => void): void {
    this.#node.start();
    callback();
  }

  override close(): Promise<void> {
    this.#closed ??= this.#node.drain();
    return this.#closed;
  }

  override on(event: string): never {
    throw new Error(`the shards have no event ${event}`);
  }

  override unwrap<T>(): T {
    return this.#node as T;
  }

  override addHandler(pattern: unknown): never {
    throw new Error(`${String(pattern)}: commands go to rooms by the message path, not by patterns`);
  }
}
