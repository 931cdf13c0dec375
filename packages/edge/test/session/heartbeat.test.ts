import { describe, expect, it } from 'vitest';
import { HeartbeatMonitor } from '../../src/session/heartbeat.js';

describe('heart-beats', () => {
  it('[E12] blames a client only after twice what it promised', () => {
    const monitor = new HeartbeatMonitor({ clientSends: 5_000, serverSends: 0 }, 0);
    expect(monitor.isSilent(10_000)).toBe(false);
    expect(monitor.isSilent(10_001)).toBe(true);
    monitor.heard(10_000);
    expect(monitor.isSilent(20_000)).toBe(false);
  });

  it('[E12] expects nothing from a client that promised nothing, and owes nothing to one that wants nothing', () => {
    const monitor = new HeartbeatMonitor({ clientSends: 0, serverSends: 0 }, 0);
    expect(monitor.isSilent(1e9)).toBe(false);
    expect(monitor.isDue(1e9, 0)).toBe(false);
  });

  it('[E12] is due early enough that the next sweep cannot be too late', () => {
    const monitor = new HeartbeatMonitor({ clientSends: 0, serverSends: 5_000 }, 0);
    expect(monitor.isDue(3_999, 0)).toBe(false);
    expect(monitor.isDue(4_000, 0)).toBe(true);
    expect(monitor.isDue(4_000, 1)).toBe(false);
  });
});
