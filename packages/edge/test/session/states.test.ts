import { describe, expect, it } from 'vitest';
import { eventOfFrame, SESSION_EVENTS, SESSION_STATES, TRANSITIONS } from '../../src/session/states.js';
import type { SessionEvent } from '../../src/session/states.js';

describe('[E7] the transition table', () => {
  const FRAMES: readonly SessionEvent[] = [
    'connect',
    'send',
    'subscribe',
    'unsubscribe',
    'acknowledge',
    'transaction',
    'disconnect',
    'unknown-command',
  ];

  it('[E7] has a cell for every event in every state, and no other', () => {
    expect(Object.keys(TRANSITIONS).sort()).toEqual([...SESSION_STATES].sort());
    for (const state of SESSION_STATES) {
      expect(Object.keys(TRANSITIONS[state]).sort(), state).toEqual([...SESSION_EVENTS].sort());
    }
  });

  it('[E7] leads nowhere from `ended`', () => {
    for (const event of SESSION_EVENTS) expect(TRANSITIONS.ended[event]).toEqual({ to: 'ended', act: 'ignore' });
  });

  it('[E7] ends every other state when the socket closes or something fatal happens', () => {
    for (const state of SESSION_STATES.filter((s) => s !== 'ended')) {
      expect(TRANSITIONS[state]['socket-closed']).toEqual({ to: 'ended', act: 'end-gone' });
      expect(TRANSITIONS[state].failure).toEqual({ to: 'ended', act: 'end-failed' });
    }
  });

  it('[E7] ignores whatever comes while it finishes, and ends when it is settled or takes too long', () => {
    for (const state of ['disconnecting', 'expiring', 'draining'] as const) {
      for (const event of FRAMES) expect(TRANSITIONS[state][event]).toEqual({ to: state, act: 'ignore' });
      expect(TRANSITIONS[state].settled.to).toBe('ended');
      expect(TRANSITIONS[state]['grace-over'].to).toBe('ended');
    }
  });

  it('[E3] ends `opening` at any frame but CONNECT', () => {
    for (const event of FRAMES.filter((e) => e !== 'connect')) {
      expect(TRANSITIONS.opening[event]).toEqual({ to: 'ended', act: 'end-protocol-error' });
    }
  });

  it('[E7] changes state nowhere in silence', () => {
    for (const state of SESSION_STATES) {
      for (const event of SESSION_EVENTS) {
        const { to, act } = TRANSITIONS[state][event];
        if (act === 'ignore') expect(to).toBe(state);
      }
    }
  });

  it('[E9] takes a transaction header for what it is', () => {
    expect(eventOfFrame('SEND', true)).toBe('transaction');
    expect(eventOfFrame('NACK', true)).toBe('transaction');
    expect(eventOfFrame('SUBSCRIBE', true)).toBe('subscribe');
    expect(eventOfFrame('SEND', false)).toBe('send');
    expect(eventOfFrame('STOMP', false)).toBe('connect');
    expect(eventOfFrame('RECEIPT', false)).toBe('unknown-command');
  });
});
