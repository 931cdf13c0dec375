/**
 * The configuration of every process: one table, read once at start from options and variables.
 * An option wins over its variable, a variable over the default. `process.env` is read nowhere else.
 */
import { join } from 'node:path';
import {
  MIN_SECRET_BYTES,
  REST_RATE_BURST,
  REST_RATE_PER_SECOND,
  SEND_RATE_BURST,
  SEND_RATE_PER_SECOND,
} from '@munova/contracts';
import { flag, integer, key, list, matching, oneOf, path, port, rate, secret } from './config-values.js';

/** A wrong setting: the process prints it and exits with `EXIT_CONFIG`. */
export class ConfigError extends Error {
  constructor(field: string, given: string, allowed: string) {
    super(`configuration: ${field} was given ${given}; allowed is ${allowed}`);
    this.name = 'ConfigError';
  }
}
/** `EX_CONFIG` of sysexits.h. */
export const EXIT_CONFIG = 78;

interface Field<T> {
  readonly env: string;
  readonly flag: string | null;
  readonly doc: string;
  readonly allowed: string;
  readonly fallback: string;
  /** Undefined for what is not allowed. */
  readonly parse: (text: string) => T | undefined;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const field = <T>(spec: Field<T>): Field<T> => spec;

/** Every setting, with the line that `--help` and the documentation show. */
export const FIELDS = {
  host: field({
    env: 'MUNOVA_HOST',
    flag: 'host',
    fallback: '127.0.0.1',
    doc: 'address to listen on',
    allowed: 'a host name or an IP address',
    parse: matching(/^[A-Za-z0-9.:_-]{1,253}$/),
  }),
  httpPort: field({
    env: 'MUNOVA_HTTP_PORT',
    flag: 'http-port',
    fallback: '8080',
    doc: 'port of HTTP and WebSocket; 0 picks one',
    allowed: 'an integer from 0 to 65535',
    parse: port,
  }),
  tcpPort: field({
    env: 'MUNOVA_TCP_PORT',
    flag: 'tcp-port',
    fallback: '61613',
    doc: 'port of STOMP over TCP; 0 picks one',
    allowed: 'an integer from 0 to 65535',
    parse: port,
  }),
  dataDir: field({
    env: 'MUNOVA_DATA_DIR',
    flag: 'data-dir',
    fallback: './data',
    doc: 'folder of the embedded store and of the secrets',
    allowed: 'a path',
    parse: path,
  }),
  demo: field({
    env: 'MUNOVA_DEMO',
    flag: null,
    fallback: '0',
    doc: '1 turns the demo sign-in on; only on a loopback host',
    allowed: '0 or 1',
    parse: flag,
  }),
  shards: field({
    env: 'MUNOVA_SHARDS',
    flag: null,
    fallback: '64',
    doc: 'shards of the deployment, fixed with the first start',
    allowed: 'an integer from 1 to 4096',
    parse: integer(1, 4096),
  }),
  backlog: field({
    env: 'MUNOVA_BACKLOG',
    flag: null,
    fallback: '4096',
    doc: 'connections that may wait to be accepted',
    allowed: 'an integer from 1 to 65535',
    parse: integer(1, 65_535),
  }),
  maxConnections: field({
    env: 'MUNOVA_MAX_CONNECTIONS',
    flag: null,
    fallback: 'auto',
    doc: 'connections of this process; auto: what the open-file limit allows',
    allowed: 'auto or an integer from 1 to 1000000',
    parse: (text) => (text === 'auto' ? ('auto' as const) : integer(1, 1_000_000)(text)),
  }),
  origins: field({
    env: 'MUNOVA_ORIGINS',
    flag: null,
    fallback: '',
    doc: 'origins of browsers let in, comma-separated; none: pages of the own host',
    allowed: 'origins such as https://shop.example, comma-separated',
    parse: (text) => (list(text).every((o) => /^https?:\/\/[^/]+$/.test(o)) ? list(text) : undefined),
  }),
  imageHosts: field({
    env: 'MUNOVA_IMAGE_HOSTS',
    flag: null,
    fallback: '',
    doc: 'hosts that images may come from, comma-separated; none: any',
    allowed: 'host names, comma-separated',
    parse: (text) => (list(text).every((h) => /^[A-Za-z0-9.:-]+$/.test(h)) ? list(text) : undefined),
  }),
  rateSends: field({
    env: 'MUNOVA_RATE_SENDS',
    flag: null,
    fallback: `${String(SEND_RATE_PER_SECOND)}/${String(SEND_RATE_BURST)}`,
    doc: 'SENDs a session: a second, and at once',
    allowed: 'two positive integers such as 50/200',
    parse: rate,
  }),
  rateRest: field({
    env: 'MUNOVA_RATE_REST',
    flag: null,
    fallback: `${String(REST_RATE_PER_SECOND)}/${String(REST_RATE_BURST)}`,
    doc: 'REST calls a user: a second, and at once',
    allowed: 'two positive integers such as 100/300',
    parse: rate,
  }),
  jwtSecret: field({
    env: 'MUNOVA_JWT_SECRET',
    flag: null,
    fallback: '',
    doc: 'secret of the tokens; absent: the one in the data folder, made by the first start',
    allowed: `UTF-8 text of at least ${String(MIN_SECRET_BYTES)} bytes`,
    parse: secret,
  }),
  deploymentKey: field({
    env: 'MUNOVA_DEPLOYMENT_KEY',
    flag: null,
    fallback: '',
    doc: 'key of body hashes and room ids, the same for all processes; absent: the one in the data folder',
    allowed: `base64url of at least ${String(MIN_SECRET_BYTES)} bytes`,
    parse: key,
  }),
  redisUrl: field({
    env: 'MUNOVA_REDIS_URL',
    flag: 'redis',
    fallback: 'redis://127.0.0.1:6379',
    doc: 'Redis of a cluster: one server, servers of a Redis Cluster, or sentinels',
    allowed: 'redis://, rediss://, redis+sentinel:// or rediss+sentinel://, hosts with commas between them',
    parse: matching(/^rediss?(\+sentinel)?:\/\/[^\s/]+/),
  }),
  redisCa: field({
    env: 'MUNOVA_REDIS_CA',
    flag: null,
    fallback: '',
    doc: "file with the certificate of the authority that signed Redis's, where the system does not know it",
    allowed: 'a path',
    parse: (text) => (text === '' ? '' : path(text)),
  }),
  mongoUrl: field({
    env: 'MUNOVA_MONGO_URL',
    flag: 'mongo',
    fallback: 'mongodb://127.0.0.1:27017/munova',
    doc: 'MongoDB replica set of a cluster; its path names the database, munova where it names none',
    allowed: 'mongodb:// or mongodb+srv://, hosts with commas between them',
    parse: matching(/^mongodb(\+srv)?:\/\/[^\s/]+/),
  }),
  nodeId: field({
    env: 'MUNOVA_NODE_ID',
    flag: 'node-id',
    fallback: '',
    doc: 'name of a process of a cluster, kept over restarts; absent: one is made up',
    allowed: '1 to 64 of A-Z a-z 0-9 _ -',
    parse: matching(/^[\w-]{0,64}$/),
  }),
  reusePort: field({
    env: 'MUNOVA_REUSE_PORT',
    flag: null,
    fallback: '0',
    doc: '1 lets several edges of a host listen on the same ports; the kernel shares out connections',
    allowed: '0 or 1',
    parse: flag,
  }),
  logLevel: field({
    env: 'MUNOVA_LOG_LEVEL',
    flag: null,
    fallback: 'info',
    doc: 'least level that is logged',
    allowed: LOG_LEVELS.join(', '),
    parse: oneOf(...LOG_LEVELS),
  }),
} as const;

type Parsed<F> = F extends Field<infer T> ? T : never;
export type Config = { readonly [K in keyof typeof FIELDS]: Parsed<(typeof FIELDS)[K]> };

/** Settings that never stand in an error message: secrets, and what may hold a password. */
const SECRET_FIELDS: ReadonlySet<string> = new Set<keyof typeof FIELDS>([
  'jwtSecret',
  'deploymentKey',
  'redisUrl',
  'mongoUrl',
]);

const readField = <T>(name: string, spec: Field<T>, option: string | undefined, env: string | undefined): T => {
  const given = option ?? env ?? spec.fallback;
  const value = spec.parse(given);
  if (value !== undefined) return value;
  const label = option !== undefined && spec.flag !== null ? `--${spec.flag}` : spec.env;
  const shown = SECRET_FIELDS.has(name) ? `${String(Buffer.byteLength(given))} bytes` : JSON.stringify(given);
  throw new ConfigError(label, shown, spec.allowed);
};

/**
 * @param options values of the command line by the names of `FIELDS`
 * @throws {ConfigError} naming the first field that is wrong
 */
export const readConfig = (
  options: Partial<Record<keyof Config, string>>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config => {
  const entries = Object.entries(FIELDS).map(([name, spec]) => [
    name,
    readField<unknown>(name, spec, options[name as keyof Config], env[spec.env]),
  ]);
  const config = Object.fromEntries(entries) as Config;
  if (config.demo && !isLoopback(config.host)) {
    throw new ConfigError(
      'MUNOVA_DEMO',
      `"1" with host "${config.host}"`,
      'only with a loopback host such as 127.0.0.1',
    );
  }
  return config;
};

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

export const secretFile = (dataDir: string): string => join(dataDir, 'jwt.secret');
export const deploymentKeyFile = (dataDir: string): string => join(dataDir, 'deployment.key');
/** Where a running server leaves its addresses for `seed` and `chat`. */
export const addressFile = (dataDir: string): string => join(dataDir, 'address.json');
