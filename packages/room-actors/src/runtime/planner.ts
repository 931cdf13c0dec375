import { isRegistered, isStateEntry, type Command, type Entry, type LogDocument } from '@munova/contracts';
import { decide } from '../core/decide.js';
import { evolve } from '../core/evolve.js';
import { needs } from '../core/needs.js';
import type { Decision, Needs, RoomState } from '../core/types.js';
import { PLAN_MAX_DOCUMENTS_PER_ROOM } from './limits.js';
import type { RoomActor } from './room-actor.js';
import type { Pending } from './ticket.js';

export interface Step {
  readonly pending: Pending;
  readonly decision: Decision;
}

/** What a room wants to write next; dropped as a whole when the write fails. */
export interface RoomPlan {
  readonly room: RoomActor;
  readonly steps: readonly Step[];
  readonly documents: readonly LogDocument[];
  readonly entries: readonly Entry[];
  /** The state once the documents are durable. */
  readonly draft: RoomState;
  readonly bytes: number;
  readonly changesState: boolean;
  /** To be released, where the room does not hold them, before its next reservation. */
  readonly names: readonly string[];
}

/** What one group commit may still take. */
export interface Budget {
  documents: number;
  bytes: number;
}

/** Whether everything the oldest command needs was read. */
export const isPrepared = (room: RoomActor, state: RoomState): boolean => {
  const oldest = room.mailbox.at(0);
  return oldest === undefined || gathered(room, state, oldest, []) !== null;
};

/**
 * Decides the room's oldest commands in order, each on the draft that those before it left: as many
 * as the budget holds and as everything was read for. Takes them out of the mailbox.
 * `onBug` hears of a command that cannot be decided, which is then not among the steps.
 */
export const planRoom = (
  room: RoomActor,
  now: number,
  budget: Budget,
  onBug: (pending: Pending, error: unknown) => void,
): RoomPlan => {
  const documents: LogDocument[] = [];
  const steps: Step[] = [];
  const names: string[] = [];
  if (room.state === null) throw new Error(`room ${room.id} was planned before it was loaded`);
  let draft: RoomState = room.state;
  let bytes = 0;
  let changesState = false;
  for (let pending = room.mailbox.at(0); pending !== undefined; pending = room.mailbox.at(0)) {
    const facts = gathered(room, draft, pending, documents);
    if (facts === null) break;
    let decision: Decision;
    let next: RoomState = draft;
    try {
      decision = decide(draft, pending.command, { now, epoch: room.shard.epoch, ...facts });
      for (const document of decision.documents) next = evolve(next, document);
    } catch (error) {
      room.mailbox.drop(1);
      onBug(pending, error);
      continue;
    }
    const size = sizeOf(decision.documents);
    const count = documents.length + decision.documents.length;
    const fits = count <= budget.documents && bytes + size <= budget.bytes && count <= PLAN_MAX_DOCUMENTS_PER_ROOM;
    if (decision.documents.length > 0 && !fits) break;
    room.mailbox.drop(1);
    documents.push(...decision.documents);
    steps.push({ pending, decision });
    if (decision.releaseName !== null) names.push(decision.releaseName);
    changesState ||= decision.documents.some((d) => !isRegistered(d) && isStateEntry(d));
    bytes += size;
    draft = next;
  }
  const entries = documents.filter((d) => !isRegistered(d));
  return { room, steps, documents, entries, draft, bytes, changesState, names };
};

/** A command that breaks `needs` breaks `decide` too: it is found out there, where it costs nobody else. */
export const needsOf = (state: RoomState, command: Command): Needs => {
  try {
    return needs(state, command);
  } catch {
    return NOTHING_NEEDED;
  }
};
const NOTHING_NEEDED: Needs = { members: [], target: null, reserveName: null };

type Facts = Pick<Parameters<typeof decide>[2], 'known' | 'target' | 'nameTaken'>;
const NO_FACTS: Facts = { known: null, target: null, nameTaken: false };

/** What the store said for this command, or null while something has to be read first. */
const gathered = (
  room: RoomActor,
  state: RoomState,
  pending: Pending,
  planned: readonly LogDocument[],
): Facts | null => {
  if ((pending.lookUp || room.suspect) && pending.known === undefined) return null;
  const known = pending.known ?? room.found(pending.command);
  if (known !== null) return { ...NO_FACTS, known };
  const need = needsOf(state, pending.command);
  if (need.members.length > 0) return null;
  if (need.target === null && need.reserveName === null) return NO_FACTS;
  const target = targetOf(need, pending, planned);
  const nameTaken = verdictOf(need, pending, room);
  return target === undefined || nameTaken === undefined ? null : { known: null, target, nameTaken };
};

const targetOf = ({ target }: Needs, pending: Pending, planned: readonly LogDocument[]): Entry | null | undefined => {
  if (target === null) return null;
  const inPlan = planned.find((d): d is Entry => !isRegistered(d) && d.seq === target);
  return inPlan ?? pending.target;
};

const verdictOf = ({ reserveName }: Needs, { name }: Pending, room: RoomActor): boolean | undefined => {
  if (reserveName === null) return false;
  return name?.key === reserveName && name.asOf === room.names ? name.taken : undefined;
};

/** Bytes of what every document holds beside its content, roughly. */
const DOCUMENT_OVERHEAD_BYTES = 600;
const BYTES_PER_UTF16_UNIT = 3; // at most, in UTF-8

const sizeOf = (documents: readonly LogDocument[]): number => {
  let size = 0;
  for (const document of documents) {
    const content = isRegistered(document) ? null : document.content;
    size += DOCUMENT_OVERHEAD_BYTES + (content?.length ?? 0) * BYTES_PER_UTF16_UNIT;
  }
  return size;
};
