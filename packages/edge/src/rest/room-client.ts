/**
 * Request and reply to a room as Nest's `ClientProxy`: the way of REST commands, over the shards' inboxes (ADR 30).
 *
 * 1. It is no second way: each request is one `CommandCaller.call`, which has the deadline and the bounds.
 * 2. There is no pattern to route by: a request names its room. Nor are there events: a command has an outcome.
 */
import { ClientProxy } from '@nestjs/microservices';
import type { ReadPacket, WritePacket } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import type { CommandKind } from '@munova/contracts';
import type { CommandCaller, CommandRequest, Effect } from './command-caller.js';

/** The one thing that is asked of a room. */
const COMMAND = 'room.command';

export class RoomClient extends ClientProxy {
  readonly #caller: CommandCaller;

  constructor(caller: CommandCaller) {
    super();
    this.#caller = caller;
  }

  /** What the command came to. @throws {ChatError} as `CommandCaller.call` */
  request<K extends CommandKind>(request: CommandRequest<K>): Promise<Effect> {
    return firstValueFrom(this.send<Effect, CommandRequest<K>>(COMMAND, request));
  }

  /** Nothing to open: the inbox is the edge's. */
  override async connect(): Promise<void> {}

  override close(): void {
    // Nothing to close either.
  }

  override unwrap<T>(): T {
    return this.#caller as T;
  }

  protected override publish(
    { data }: ReadPacket<CommandRequest<CommandKind>>,
    callback: (packet: WritePacket) => void,
  ): () => void {
    this.#caller.call(data).then(
      (response) => callback({ response, isDisposed: true }),
      (err: unknown) => callback({ err }),
    );
    // Whoever asked goes away: the command is under way all the same, and ends within its deadline.
    return () => undefined;
  }

  protected override dispatchEvent(): Promise<never> {
    return Promise.reject(new Error('a room hears commands, not events'));
  }
}
