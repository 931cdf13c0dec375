/** The life of a connection as a total table: every event has its cell in every state. */

export const SESSION_STATES = ['opening', 'live', 'disconnecting', 'expiring', 'draining', 'ended'] as const;
/**
 * `opening`: no CONNECT yet. `disconnecting`, `expiring`, `draining`: finishing what was sent, for the
 * client's DISCONNECT, the token's end, the edge's drain. `ended`: nothing more is read or written.
 */
export type SessionState = (typeof SESSION_STATES)[number];

export const SESSION_EVENTS = [
  // What a client sends.
  'connect',
  'send',
  'subscribe',
  'unsubscribe',
  'acknowledge',
  'transaction',
  'disconnect',
  'unknown-command',
  // What happens to it.
  'connect-deadline',
  'token-expired',
  'input-ended',
  'drain',
  'settled',
  'grace-over',
  'failure',
  'socket-closed',
] as const;
/** `input-ended`: the client closed its side. `settled`: nothing the client sent waits for an answer. `failure`: something always fatal. */
export type SessionEvent = (typeof SESSION_EVENTS)[number];

export type ServeAction = 'open' | 'send' | 'subscribe' | 'unsubscribe' | 'acknowledge' | 'finish';
export type EndAction =
  | 'end-disconnected'
  | 'end-expired'
  | 'end-restarting'
  | 'end-timeout'
  | 'end-protocol-error'
  | 'end-transactions'
  | 'end-outcome-unknown'
  | 'end-failed'
  | 'end-gone';

export type Transition =
  | { readonly to: SessionState; readonly act: 'ignore' }
  | { readonly to: Exclude<SessionState, 'ended'>; readonly act: ServeAction }
  | { readonly to: 'ended'; readonly act: EndAction };

const ignore = (self: SessionState): Transition => ({ to: self, act: 'ignore' });
const serve = (act: ServeAction): Transition => ({ to: 'live', act });
const finish = (to: 'disconnecting' | 'expiring' | 'draining'): Transition => ({ to, act: 'finish' });
const end = (act: EndAction): Transition => ({ to: 'ended', act });

/** What every state that still waits for answers does alike. */
const finishing = (self: SessionState) =>
  ({
    connect: ignore(self),
    send: ignore(self),
    subscribe: ignore(self),
    unsubscribe: ignore(self),
    acknowledge: ignore(self),
    transaction: ignore(self),
    disconnect: ignore(self),
    'unknown-command': ignore(self),
    'connect-deadline': ignore(self),
    'token-expired': ignore(self),
    'input-ended': ignore(self),
    drain: ignore(self),
    failure: end('end-failed'),
    'socket-closed': end('end-gone'),
  }) as const satisfies Partial<Record<SessionEvent, Transition>>;

export const TRANSITIONS: Record<SessionState, Record<SessionEvent, Transition>> = {
  opening: {
    connect: serve('open'),
    send: end('end-protocol-error'),
    subscribe: end('end-protocol-error'),
    unsubscribe: end('end-protocol-error'),
    acknowledge: end('end-protocol-error'),
    transaction: end('end-protocol-error'),
    disconnect: end('end-protocol-error'),
    'unknown-command': end('end-protocol-error'),
    'connect-deadline': end('end-timeout'),
    'token-expired': end('end-expired'),
    'input-ended': end('end-disconnected'),
    drain: end('end-restarting'),
    settled: ignore('opening'),
    'grace-over': ignore('opening'),
    failure: end('end-failed'),
    'socket-closed': end('end-gone'),
  },
  live: {
    connect: end('end-protocol-error'),
    send: serve('send'),
    subscribe: serve('subscribe'),
    unsubscribe: serve('unsubscribe'),
    acknowledge: serve('acknowledge'),
    transaction: end('end-transactions'),
    disconnect: finish('disconnecting'),
    'unknown-command': end('end-protocol-error'),
    'connect-deadline': ignore('live'),
    'token-expired': finish('expiring'),
    'input-ended': finish('disconnecting'),
    drain: finish('draining'),
    settled: ignore('live'),
    'grace-over': ignore('live'),
    failure: end('end-failed'),
    'socket-closed': end('end-gone'),
  },
  disconnecting: {
    ...finishing('disconnecting'),
    settled: end('end-disconnected'),
    'grace-over': end('end-outcome-unknown'),
  },
  expiring: {
    ...finishing('expiring'),
    settled: end('end-expired'),
    'grace-over': end('end-expired'),
  },
  draining: {
    ...finishing('draining'),
    settled: end('end-restarting'),
    'grace-over': end('end-restarting'),
  },
  ended: {
    ...finishing('ended'),
    settled: ignore('ended'),
    'grace-over': ignore('ended'),
    failure: ignore('ended'),
    'socket-closed': ignore('ended'),
  },
};

const COMMAND_EVENTS: ReadonlyMap<string, SessionEvent> = new Map([
  ['CONNECT', 'connect'],
  ['STOMP', 'connect'],
  ['SEND', 'send'],
  ['SUBSCRIBE', 'subscribe'],
  ['UNSUBSCRIBE', 'unsubscribe'],
  ['ACK', 'acknowledge'],
  ['NACK', 'acknowledge'],
  ['BEGIN', 'transaction'],
  ['COMMIT', 'transaction'],
  ['ABORT', 'transaction'],
  ['DISCONNECT', 'disconnect'],
]);

/** @param inTransaction whether the frame carries a `transaction` header */
export const eventOfFrame = (command: string, inTransaction: boolean): SessionEvent => {
  const event = COMMAND_EVENTS.get(command) ?? 'unknown-command';
  return inTransaction && (event === 'send' || event === 'acknowledge') ? 'transaction' : event;
};
