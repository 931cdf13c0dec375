/** What this machine allows a process that listens, and where that is less than the process is set for. */
import { readFileSync } from 'node:fs';
import type { Log } from '@munova/contracts';
import type { Config } from './config.js';

/** Files that a process needs beside its connections: the store's, the listeners', the log's. */
export const FILES_BESIDE_CONNECTIONS = 256;
const FALLBACK_MAX_CONNECTIONS = 10_000;

/** Null where the system does not say. */
export interface HostLimits {
  /** Files that a process may have open: its soft limit. */
  readonly openFiles: number | null;
  /** Connections that may wait at one listener to be accepted; the kernel cuts a longer backlog down to it, silently. */
  readonly somaxconn: number | null;
  /**
   * Half-open connections of the machine beyond three quarters of which SYNs are dropped. Null also where SYN cookies
   * are on: then the backlog of the listener is all that counts (`tcp_conn_request` in Linux's net/ipv4/tcp_input.c).
   */
  readonly synBacklog: number | null;
}

/** A limit of the host below what the settings need. */
export interface Shortfall {
  readonly limit: 'open files' | 'net.core.somaxconn' | 'net.ipv4.tcp_max_syn_backlog';
  readonly has: number;
  readonly needs: number;
  /** The setting that needs it. */
  readonly setting: string;
}

export type HostNeeds = Pick<Config, 'maxConnections' | 'backlog'>;
type ReadFile = (path: string) => string;

/**
 * @param read gives a file's text, and throws where there is none: systems other than Linux have none of these
 * @param pid of another process, whose limit of open files is then told
 */
export const readHostLimits = (
  read: ReadFile = (path) => readFileSync(path, 'utf8'),
  pid: number | 'self' = 'self',
): HostLimits => {
  const first = (path: string, pattern: RegExp): number | null => {
    try {
      const [, found] = pattern.exec(read(path)) ?? [];
      return found === undefined ? null : Number(found);
    } catch {
      // Not Linux, or not shown to this user: nothing is known, and nothing is claimed.
      return null;
    }
  };
  const sysctl = (name: string): number | null => first(`/proc/sys/${name.replaceAll('.', '/')}`, /^(\d+)\s*$/);
  return {
    openFiles: first(`/proc/${String(pid)}/limits`, /^Max open files\s+(\d+)/m),
    somaxconn: sysctl('net.core.somaxconn'),
    synBacklog: sysctl('net.ipv4.tcp_syncookies') === 0 ? sysctl('net.ipv4.tcp_max_syn_backlog') : null,
  };
};

/** What the open-file limit leaves for connections, where nothing else is set. */
export const maxConnectionsOf = (setting: Config['maxConnections'], { openFiles }: HostLimits): number => {
  if (setting !== 'auto') return setting;
  return openFiles === null ? FALLBACK_MAX_CONNECTIONS : Math.max(1, openFiles - FILES_BESIDE_CONNECTIONS);
};

/** Every limit that is too low; `auto` connections make do with the files that there are. */
export const hostShortfalls = ({ maxConnections, backlog }: HostNeeds, limits: HostLimits): Shortfall[] => {
  const files = maxConnections === 'auto' ? 0 : maxConnections + FILES_BESIDE_CONNECTIONS;
  const needs = [
    { limit: 'open files', has: limits.openFiles, needs: files, setting: 'MUNOVA_MAX_CONNECTIONS' },
    { limit: 'net.core.somaxconn', has: limits.somaxconn, needs: backlog, setting: 'MUNOVA_BACKLOG' },
    { limit: 'net.ipv4.tcp_max_syn_backlog', has: limits.synBacklog, needs: backlog, setting: 'MUNOVA_BACKLOG' },
  ] as const;
  return needs.flatMap((need) => (need.has === null || need.has >= need.needs ? [] : [{ ...need, has: need.has }]));
};

/** One line of the log for each limit that is too low. */
export const warnOfHostLimits = (needs: HostNeeds, limits: HostLimits, log: Pick<Log, 'warn'>): void => {
  for (const { limit, ...figures } of hostShortfalls(needs, limits)) {
    log.warn({ limit, ...figures }, `the limit "${limit}" of this host is below what ${figures.setting} needs`);
  }
};

/** How many connections a process takes here; warns of what is too low. */
export const admittedConnections = (needs: HostNeeds, log: Pick<Log, 'warn'>): number => {
  const limits = readHostLimits();
  warnOfHostLimits(needs, limits, log);
  return maxConnectionsOf(needs.maxConnections, limits);
};
