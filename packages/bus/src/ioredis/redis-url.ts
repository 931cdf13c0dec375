/**
 * `redis://[user:password@]host[:port][,host[:port]…][/db]`, `rediss://` with TLS: one Redis, or servers of a Redis
 * Cluster to begin with, which is told by asking. `redis+sentinel://[user:password@]sentinel[:port][,…]/name`,
 * `rediss+sentinel://`: the primary that Sentinel calls so; user and password are the servers'.
 */
import type { Access } from './link.js';
import { RedisOpenError } from './open-error.js';

export interface RedisAddress {
  /** Each with user, password and TLS. */
  readonly servers: readonly Access[];
  readonly sentinel: boolean;
}

const SHAPE = /^(redis|rediss)(\+sentinel)?:\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^/?#]*))?$/;
const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;

/** @throws {RedisOpenError} `url`; never names the password. */
export const parseRedisUrl = (url: string, ca?: string): RedisAddress => {
  const [, scheme, sentinel, credentials, hosts = '', path = ''] = SHAPE.exec(url) ?? wrong('is not of its form');
  const tls = scheme === 'rediss' ? { tls: ca === undefined ? {} : { ca } } : {};
  const access = { ...parseCredentials(credentials), ...tls };
  const endpoints = hosts
    .split(',')
    .map((host) => parseHost(host, sentinel === undefined ? REDIS_PORT : SENTINEL_PORT));
  if (sentinel === undefined) {
    const db = path === '' ? 0 : Number(path);
    if (!Number.isInteger(db)) wrong('names a database that is no number');
    return { servers: endpoints.map((endpoint) => ({ ...access, ...endpoint, db })), sentinel: false };
  }
  if (path === '') wrong('lacks the name of the primary behind the sentinels');
  const behind = { ...access, sentinels: endpoints, name: path, enableTLSForSentinelMode: scheme === 'rediss' };
  return { servers: [behind], sentinel: true };
};

const wrong = (what: string): never => {
  throw new RedisOpenError('url', `the Redis URL ${what}: redis[s][+sentinel]://[user:password@]host[:port][,…][/…]`);
};

const parseCredentials = (text: string | undefined): Access => {
  if (text === undefined) return {};
  const colon = text.indexOf(':');
  if (colon < 0) return { username: decodeURIComponent(text) };
  const [username, password] = [text.slice(0, colon), text.slice(colon + 1)].map(decodeURIComponent);
  return { ...(username !== '' && { username }), password };
};

const parseHost = (text: string, defaultPort: number): { host: string; port: number } => {
  const [, ipv6, name, port] =
    /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? wrong('names no host');
  return { host: ipv6 ?? name ?? '', port: port === undefined ? defaultPort : Number(port) };
};
