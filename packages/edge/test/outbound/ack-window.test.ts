import { ACK_WINDOW } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { AckWindow } from '../../src/outbound/ack-window.js';
import type { AckMode } from '../../src/outbound/ack-window.js';

const full = (mode: AckMode): AckWindow => {
  const window = new AckWindow(mode);
  for (let seq = 1; seq <= ACK_WINDOW; seq++) window.issue(seq);
  return window;
};

describe('[D9] the window of unacknowledged messages', () => {
  it('[D9] is never full without acknowledgements', () => {
    expect(full('auto').isFull).toBe(false);
    expect(full('auto').acknowledge(1)).toBe(false);
  });

  it('[D9] opens up to the acknowledged one in `client`', () => {
    const window = full('client');
    expect(window.isFull).toBe(true);
    expect(window.acknowledge(ACK_WINDOW)).toBe(true);
    for (let seq = ACK_WINDOW + 1; seq < 2 * ACK_WINDOW; seq++) window.issue(seq);
    expect(window.isFull).toBe(false);
  });

  it('[D9] opens by one in `client-individual`', () => {
    const window = full('client-individual');
    expect(window.acknowledge(ACK_WINDOW)).toBe(true);
    expect(window.isFull).toBe(false);
    window.issue(ACK_WINDOW + 1);
    expect(window.isFull).toBe(true);
    expect(window.acknowledge(ACK_WINDOW)).toBe(true);
    expect(window.isFull).toBe(true);
  });

  it('[D9] knows what was never issued', () => {
    const window = full('client');
    expect(window.acknowledge(0)).toBe(false);
    expect(window.acknowledge(ACK_WINDOW + 1)).toBe(false);
  });
});
