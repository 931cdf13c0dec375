import type { MessageType, Role } from './entries.js';
import type { ClientMessageId, ProductId, RoomId, Seq, TagId, UserId } from './ids.js';

/** Who acts, taken from the token and from nowhere else. */
export interface Actor {
  readonly id: UserId;
  /** Up to 64 code points; the `sub` when the token has no name. */
  readonly name: string;
  readonly role: Role;
  /** The seller for whom this user is an agent; a room's `sellerId` is compared with it, else with `id`. */
  readonly shop: UserId | null;
}

/** What each kind of command carries as its body. The edge has checked shape, length and alphabet. */
export interface CommandBody {
  readonly 'create-inquiry': {
    readonly productId: ProductId;
    readonly productName: string;
    readonly sellerId: UserId;
  };
  readonly 'create-group': {
    readonly name: string;
    readonly maxParticipants: number;
    readonly tags: readonly TagId[];
  };
  readonly join: Record<string, never>;
  readonly leave: Record<string, never>;
  readonly kick: { readonly userId: UserId };
  readonly unkick: { readonly userId: UserId };
  readonly close: Record<string, never>;
  readonly open: Record<string, never>;
  /** Renames, resizes, or both at once: all of it or none of it. */
  readonly update: { readonly name: string | null; readonly maxParticipants: number | null };
  readonly message: { readonly type: MessageType; readonly content: string };
  readonly redact: { readonly targetSeq: Seq };
}
export type CommandKind = keyof CommandBody;

export interface CommandOf<K extends CommandKind> {
  readonly kind: K;
  readonly room: RoomId;
  readonly actor: Actor;
  readonly cmid: ClientMessageId;
  readonly body: CommandBody[K];
  /** HMAC of kind and body under the deployment key, from `bodyHashOf`. */
  readonly bodyHash: string;
}
export type Command = { readonly [K in CommandKind]: CommandOf<K> }[CommandKind];

/** The key under which an outcome is unique. */
export interface OutcomeKey {
  readonly room: RoomId;
  readonly sender: UserId;
  readonly cmid: ClientMessageId;
}
/** One string per key, for maps. No id's alphabet holds a line feed. */
export const outcomeKeyText = (k: OutcomeKey): string => `${k.room}\n${k.sender}\n${k.cmid}`;
