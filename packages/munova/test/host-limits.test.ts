import { describe, expect, it } from 'vitest';
import {
  FILES_BESIDE_CONNECTIONS,
  type HostLimits,
  hostShortfalls,
  maxConnectionsOf,
  readHostLimits,
  warnOfHostLimits,
} from '../src/host-limits.js';

const PROC: Readonly<Record<string, string>> = {
  '/proc/self/limits':
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
    'Max processes             96000                96000                processes \n' +
    'Max open files            20000                30000                files     \n',
  '/proc/42/limits': 'Max open files            1024                 4096                 files     \n',
  '/proc/sys/net/core/somaxconn': '4096\n',
  '/proc/sys/net/ipv4/tcp_syncookies': '0\n',
  '/proc/sys/net/ipv4/tcp_max_syn_backlog': '2048\n',
};
const reading =
  (files: Readonly<Record<string, string>>) =>
  (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT ${path}`);
    return text;
  };
const AMPLE: HostLimits = { openFiles: 1_000_000, somaxconn: 65_535, synBacklog: 65_535 };

describe('[K1] the limits of the host', () => {
  it('[K1] are the soft limit of files, somaxconn and the queue of SYNs', () => {
    expect(readHostLimits(reading(PROC))).toEqual({ openFiles: 20_000, somaxconn: 4_096, synBacklog: 2_048 });
    expect(readHostLimits(reading(PROC), 42).openFiles).toBe(1_024);
  });

  it('[K1] leave the queue of SYNs out where cookies replace it, and claim nothing that cannot be read', () => {
    const cookies = { ...PROC, '/proc/sys/net/ipv4/tcp_syncookies': '1\n' };
    expect(readHostLimits(reading(cookies)).synBacklog).toBeNull();
    expect(readHostLimits(reading({}))).toEqual({ openFiles: null, somaxconn: null, synBacklog: null });
  });

  it('[K1] give what the files leave as the number of connections, unless it is set', () => {
    expect(maxConnectionsOf('auto', AMPLE)).toBe(1_000_000 - FILES_BESIDE_CONNECTIONS);
    expect(maxConnectionsOf('auto', { ...AMPLE, openFiles: 10 })).toBe(1);
    expect(maxConnectionsOf('auto', { ...AMPLE, openFiles: null })).toBe(10_000);
    expect(maxConnectionsOf(15, AMPLE)).toBe(15);
  });
});

describe('[K1] a limit that is too low', () => {
  const exact: HostLimits = { openFiles: 15_000 + FILES_BESIDE_CONNECTIONS, somaxconn: 4_096, synBacklog: 4_096 };
  const needs = { maxConnections: 15_000, backlog: 4_096 } as const;

  it('[K1] is none where it is just enough, unknown, or connections make do with what there is', () => {
    expect(hostShortfalls(needs, exact)).toEqual([]);
    expect(hostShortfalls(needs, { openFiles: null, somaxconn: null, synBacklog: null })).toEqual([]);
    expect(hostShortfalls({ ...needs, maxConnections: 'auto' }, { ...exact, openFiles: 1_024 })).toEqual([]);
  });

  it('[K1] is logged in a line of its own with what there is, what is needed and by which setting', () => {
    const lines: [object, string][] = [];
    const low = { openFiles: exact.openFiles! - 1, somaxconn: 128, synBacklog: 2_048 };
    warnOfHostLimits(needs, low, { warn: (fields, message) => lines.push([fields, message]) });
    expect(lines.map(([fields]) => fields)).toEqual([
      { limit: 'open files', has: 15_255, needs: 15_256, setting: 'MUNOVA_MAX_CONNECTIONS' },
      { limit: 'net.core.somaxconn', has: 128, needs: 4_096, setting: 'MUNOVA_BACKLOG' },
      { limit: 'net.ipv4.tcp_max_syn_backlog', has: 2_048, needs: 4_096, setting: 'MUNOVA_BACKLOG' },
    ]);
    expect(lines[1]?.[1]).toBe('the limit "net.core.somaxconn" of this host is below what MUNOVA_BACKLOG needs');
  });
});
