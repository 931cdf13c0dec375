/** Users, rooms, owners that may be stale, and a register: what a random history is played in. */
import {
  asClientMessageId,
  asProductId,
  asRoomId,
  asSeq,
  type Actor,
  type Command,
  type CommandBody,
  type CommandKind,
  type Outcome,
  type RoomId,
  type RoomRecord,
} from '@munova/contracts';
import { Owner, type Judged } from './owner.js';
import { admin, agent, commandOf, haneul, jisoo, minji, seller } from './people.js';
import { judge, seatOf } from './reference.js';
import { Register, type Fate } from './register.js';

export const USERS: readonly Actor[] = [minji, jisoo, haneul, seller, agent, admin];
export const ROOMS: readonly RoomId[] = ['r-inquiry', 'r-group-1', 'r-group-2'].map(asRoomId);
const OWNERS: readonly Actor[] = [minji, jisoo, minji];
const MANAGING: ReadonlySet<CommandKind> = new Set<CommandKind>(['kick', 'unkick', 'close', 'open', 'update']);
const NAMES: readonly string[] = ['로퍼', '부츠', ' 부츠 ', '샌들'];

/** A user's wish; numbers are taken modulo what there is. */
export interface Wish {
  readonly user: number;
  readonly room: number;
  readonly kind: CommandKind;
  readonly other: number;
  readonly name: number;
  readonly size: number;
  readonly target: number;
}

export type Step =
  | { readonly do: 'send'; readonly wish: Wish }
  /** A copy of something answered; `twist`: with another body. It waits with the others of its kind. */
  | { readonly do: 'copy'; readonly of: number; readonly twist: boolean }
  /** Each pick is a user's oldest unanswered command, or one of the copies. */
  | { readonly do: 'deliver'; readonly picks: readonly number[]; readonly owner: number }
  | { readonly do: 'crash' | 'trim'; readonly room: number; readonly owner: number }
  | { readonly do: 'project'; readonly room: number; readonly owner: number; readonly half: boolean }
  | { readonly do: 'fate'; readonly fate: Fate };

export interface Answer {
  readonly command: Command;
  readonly outcome: Outcome;
}

export class World {
  readonly register = new Register();
  /** Two a room: either may believe to be the only one. */
  readonly owners: readonly (readonly Owner[])[];
  readonly sent: Command[] = [];
  readonly queues: readonly Command[][] = USERS.map(() => []);
  readonly copies: Command[] = [];
  readonly answers: Answer[] = [];
  /** Every projection that ever was, oldest first. */
  readonly projections = new Map<RoomId, RoomRecord[]>(ROOMS.map((room) => [room, []]));
  #now = 1_000_000;

  constructor(onJudged: (judged: Judged) => void) {
    this.owners = ROOMS.map((room) => [0, 1].map(() => new Owner(room, this.register, onJudged)));
  }

  play(step: Step): void {
    switch (step.do) {
      case 'send':
        this.send(commandFor(this.#aimed(step.wish), this.sent.length));
        break;
      case 'copy':
        this.#copy(step.of, step.twist);
        break;
      case 'deliver':
        this.#deliver(step.picks, step.owner);
        break;
      case 'crash':
        this.#owner(step).crash();
        break;
      case 'trim':
        this.#owner(step).trim();
        break;
      case 'project':
        this.#owner(step).project(step.half);
        this.#keepProjections();
        break;
      case 'fate':
        this.register.fates = [step.fate];
    }
  }

  /** Stop-and-wait: nothing behind a first copy is under way before that is answered. */
  #copy(of: number, twist: boolean): void {
    if (this.answers.length === 0) return;
    const { command } = at(this.answers, of);
    this.copies.push(twist ? { ...command, bodyHash: `${command.bodyHash}'` } : command);
  }

  /** Of three messages two are by who may send, of three redactions two are of what is there and by its author. */
  #aimed(wish: Wish): Wish {
    if (wish.target % 3 === 0) return wish;
    const log = this.register.log(at(ROOMS, wish.room));
    if (wish.kind === 'redact') {
      const messages = log.filter((e) => e.kind === 'message');
      if (messages.length === 0) return wish;
      const { seq, sender } = at(messages, wish.target);
      return { ...wish, target: seq, user: USERS.findIndex((u) => u.id === sender) };
    }
    const seated = USERS.filter((u) => seatOf(log, u.id) === 'joined');
    if (wish.kind !== 'message' || seated.length === 0) return wish;
    return { ...wish, user: USERS.indexOf(at(seated, wish.user)) };
  }

  send(command: Command): void {
    this.sent.push(command);
    this.queues[USERS.indexOf(command.actor)]?.push(command);
  }

  /** Until nobody waits for anything. */
  drain(): void {
    while (this.queues.some((queue) => queue.length > 0) || this.copies.length > 0) {
      this.#deliver(
        Array.from({ length: USERS.length + 1 }, (_, i) => i),
        0,
      );
    }
  }

  #owner({ room, owner }: { room: number; owner: number }): Owner {
    return at(at(this.owners, room), owner);
  }

  #deliver(picks: readonly number[], owner: number): void {
    this.#now += (picks.length % 3) * 7 - 6;
    const picked: Command[] = [];
    for (const pick of picks) {
      const from = at([...this.queues, this.copies], pick);
      const command = from.shift();
      if (command) picked.push(command);
    }
    ROOMS.forEach((room, index) => {
      const commands = picked.filter((c) => c.room === room);
      if (commands.length === 0) return;
      const outcomes = at(at(this.owners, index), owner).handle(commands, this.#now);
      commands.forEach((command, i) => this.answers.push({ command, outcome: at(outcomes, i) }));
    });
  }

  #keepProjections(): void {
    for (const [room, kept] of this.projections) {
      const record = this.register.records.get(room);
      if (record && kept.at(-1) !== record) kept.push(record);
    }
  }
}

export const at = <T>(list: readonly T[], index: number): T => {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('an empty list');
  return item;
};

export const commandFor = (wish: Wish, serial: number): Command => {
  const room = at(ROOMS, wish.room);
  const creating = wish.kind === 'create-group' || wish.kind === 'create-inquiry';
  // Room ids follow from product and buyer, or from owner and command: no other command can name them.
  const inquiry = room === ROOMS[0];
  const kind = creating ? (inquiry ? 'create-inquiry' : 'create-group') : wish.kind;
  // Every other time it is one who may: refusals come by themselves.
  const entitled = creating || (MANAGING.has(kind) && wish.target % 2 === 0);
  const actor = !entitled ? at(USERS, wish.user) : inquiry && !creating ? seller : at(OWNERS, wish.room);
  const cmid = asClientMessageId(kind === 'create-group' ? `made-${room}` : `c-${String(serial)}`);
  return commandOf(kind, room, actor, bodies(wish)[kind], cmid);
};

const bodies = ({ other, name, size, target }: Wish): CommandBody => ({
  'create-inquiry': { productId: asProductId('p-1'), productName: '첼시', sellerId: seller.id },
  'create-group': { name: at(NAMES, name), maxParticipants: 2 + (size % 3), tags: [] },
  join: {},
  leave: {},
  kick: { userId: at(USERS, other).id },
  unkick: { userId: at(USERS, other).id },
  close: {},
  open: {},
  update: {
    name: name === NAMES.length ? null : at(NAMES, name),
    maxParticipants: size === 0 ? null : size,
  },
  message: { type: 'TEXT', content: `말 ${String(target)}` },
  redact: { targetSeq: asSeq(target) },
});

/** What the reference makes of it, in the shape of what was decided. */
export const expected = ({ prefix, command, ctx }: Judged): unknown => {
  const verdict = judge(prefix, command, ctx.nameTaken);
  if (verdict === 'noop') return { outcome: { status: 'noop' }, told: ['noop'] };
  if ('refused' in verdict) {
    return { outcome: { status: 'refused', code: verdict.refused }, told: [verdict.refused] };
  }
  return {
    outcome: { status: 'logged', seq: prefix.length + 1, kind: verdict.logged[0]?.[0] },
    told: verdict.logged.map(([kind, data]) => `${kind} ${JSON.stringify(data)}`),
  };
};
