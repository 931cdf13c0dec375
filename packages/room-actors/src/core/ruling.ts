import type { CommandKind, CommandOf, Entry, EntryData, EntryKind, ErrorCode, MessageType } from '@munova/contracts';
import type { DecideContext, RoomState } from './types.js';

/** An entry before it has its place: what a rule wants logged. */
export type Draft = { readonly [K in EntryKind]: DraftOf<K> }[EntryKind];

export interface DraftOf<K extends EntryKind> {
  readonly kind: K;
  readonly data: EntryData[K];
  readonly type: MessageType | null;
  readonly content: string | null;
}

/** What a rule makes of a command: a pure function of the log's prefix and the command. */
export type Ruling =
  | { readonly verdict: 'log'; readonly drafts: readonly Draft[] }
  | { readonly verdict: 'noop' }
  | { readonly verdict: 'refuse'; readonly code: ErrorCode };

export type Rule<K extends CommandKind> = (state: RoomState, command: CommandOf<K>, ctx: RuleContext) => Ruling;

/** What a rule may know beside the state: neither the time nor the epoch decides anything. */
export type RuleContext = Pick<DecideContext, 'target' | 'nameTaken'>;

export const NOOP: Ruling = { verdict: 'noop' };
export const refuse = (code: ErrorCode): Ruling => ({ verdict: 'refuse', code });
export const log = (...drafts: readonly Draft[]): Ruling => ({ verdict: 'log', drafts });

/** A draft of a state entry. */
export const draft = <K extends Exclude<EntryKind, 'message'>>(kind: K, data: EntryData[K]): DraftOf<K> => ({
  kind,
  data,
  type: null,
  content: null,
});

export const isMessage = (entry: Entry | null): entry is Extract<Entry, { kind: 'message' }> =>
  entry?.kind === 'message';
