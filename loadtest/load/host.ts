/** What the machine of a run allows, and what of it is too little for the load. */
import { readFileSync } from 'node:fs';
import { hostShortfalls, type HostLimits, readHostLimits } from 'munova';

/** Further addresses of the loopback interface to connect from: each has ports of its own. */
const LOOPBACK_SOURCES = 8;
export const LOCAL_IPS = `127.0.0.2-127.0.0.${String(1 + LOOPBACK_SOURCES)}`;

export interface RunHost extends HostLimits {
  /** Of the product; null where it was started by others. */
  readonly backlog: number | null;
  /** Addresses that the load comes from. */
  readonly sources: number;
  /** Ports of each that connections may come from; null where the system does not say. */
  readonly portsEach: number | null;
}

export interface RunNeeds {
  readonly connections: number;
  /** Processes that they go to, each with its own share. */
  readonly targets: number;
}

const isLoopback = (url: string): boolean => /^(127[.]|localhost$|\[::1\]$)/.test(new URL(url).hostname);

/** Linux answers on all of 127.0.0.0/8; elsewhere only 127.0.0.1 is there. */
export const hasLoopbackSources = (urls: readonly string[]): boolean =>
  process.platform === 'linux' && urls.every((url) => isLoopback(url) && !url.includes('['));

const portsEach = (): number | null => {
  try {
    const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    const [from = 0, to = 0] = range.trim().split(/\s+/).map(Number);
    return to - from + 1;
  } catch {
    // Not Linux: nothing is known, and nothing is claimed.
    return null;
  }
};

/** @param pid of the product, whose limit of files is told; null where it was started by others */
export const readRunHost = (urls: readonly string[], backlog: number | null, pid: number | null): RunHost => ({
  ...readHostLimits(undefined, pid ?? 'self'),
  backlog,
  sources: hasLoopbackSources(urls) ? LOOPBACK_SOURCES : 1,
  portsEach: portsEach(),
});

/** One sentence for each limit that cannot carry the load. */
export const cannotCarry = ({ connections, targets }: RunNeeds, host: RunHost): string[] => {
  const needs = { maxConnections: connections, backlog: host.backlog ?? 1 };
  const short = hostShortfalls(needs, host).map(
    ({ limit, has, needs: needed }) => `${limit}: ${String(has)}, and ${String(needed)} are needed`,
  );
  const each = Math.ceil(connections / (targets * host.sources));
  if (host.portsEach !== null && each > host.portsEach)
    short.push(`ports to connect from: ${String(host.portsEach)} an address, and ${String(each)} are needed`);
  return short;
};
