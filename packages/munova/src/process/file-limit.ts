import { readFileSync } from 'node:fs';
import type { Config } from '../config.js';

/** Files that a process needs beside its connections: the store's, the listeners', the log's. */
const FILES_BESIDE_CONNECTIONS = 256;
const FALLBACK_MAX_CONNECTIONS = 10_000;

/** What the open-file limit leaves for connections. */
export const maxConnections = (config: Config): number => {
  if (config.maxConnections !== 'auto') return config.maxConnections;
  const limit = openFileLimit();
  return limit === null ? FALLBACK_MAX_CONNECTIONS : Math.max(1, limit - FILES_BESIDE_CONNECTIONS);
};

/** The soft limit of this process; null where the system does not say. */
const openFileLimit = (): number | null => {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    // Not Linux: there is no such file, and the caller has a fallback.
    return null;
  }
};
