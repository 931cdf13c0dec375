import type { Demo } from '@munova/edge';
import { asUserId } from '@munova/contracts';
import { StoreStartError } from '@munova/store';
import { type Config, ConfigError, readConfig } from '../config.js';
import { createLog, type ProcessLog } from '../logger.js';
import { ensureJwtSecret } from '../secrets.js';
import { needsSeed, seedShop } from '../seed/seed.js';
import { BUYERS, SELLERS } from '../seed/shoes.js';
import { removeServerAddress, writeServerAddress } from '../server-address.js';
import { type Standalone, startStandalone } from '../standalone.js';
import { signToken } from '../tokens.js';

export interface StartCommandOptions {
  readonly httpPort?: string;
  readonly tcpPort?: string;
  readonly host?: string;
  readonly dataDir?: string;
  readonly demo?: boolean;
}

const DEMO_TOKEN_TTL_MS = 12 * 3_600_000;
/** npm forwards a signal that the terminal has sent to the whole group already; that is no second one. */
const SAME_SIGNAL_MS = 1_000;
const EXIT_FORCED = 1;
const EXIT_FAILED = 1;

/** Starts the product in one process and runs until a signal. @returns the exit code */
export const start = async (options: StartCommandOptions): Promise<number> => {
  const { demo, ...flags } = options;
  // The sample shop is the only thing that the option adds to the variable.
  const config = readConfig(demo === true ? { ...flags, demo: '1' } : flags);
  const log = createLog(config.logLevel, 'standalone');
  const secret = ensureJwtSecret(config);
  const stopped = stopSignal(log);
  const server = await begin(config, secret, log);
  try {
    const http = `http://${hostOf(config)}:${String(server.address.httpPort)}`;
    if (demo === true && (await needsSeed(http, secret))) {
      log.info({ ...(await seedShop(http, secret)) }, 'the sample shop is loaded');
    }
    writeServerAddress(config, http);
    announce(config, server, http);
  } catch (error) {
    await server.drain();
    throw error;
  }
  const signal = await Promise.race([stopped, server.storeEnded.then(() => null)]);
  if (signal === null) {
    // Nothing that is under way can be finished: whoever is connected comes back to the next start.
    log.flush();
    process.exit(EXIT_FAILED);
  }
  log.info({ signal }, 'draining');
  removeServerAddress(config);
  await server.drain();
  log.info({}, 'stopped');
  return 0;
};

const begin = async (config: Config, secret: string, log: ProcessLog): Promise<Standalone> => {
  try {
    return await startStandalone(config, secret, config.demo ? demoOf(secret) : null, log);
  } catch (error) {
    if (error instanceof StoreStartError)
      throw new ConfigError(
        'MUNOVA_DATA_DIR',
        JSON.stringify(config.dataDir),
        `a folder that can be used: ${error.message}`,
      );
    const { code, syscall, port } = error as NodeJS.ErrnoException & { port?: number };
    if (syscall === 'listen' || syscall === 'getaddrinfo' || syscall === 'bind') {
      if (code !== 'EADDRINUSE' && code !== 'EACCES') {
        throw new ConfigError('--host', `${JSON.stringify(config.host)} (${code ?? ''})`, 'an address of this machine');
      }
      const flag = port === config.tcpPort ? '--tcp-port' : '--http-port';
      throw new ConfigError(
        flag,
        `${String(port ?? '')} (${code})`,
        'a port that is free and may be listened on, or 0',
      );
    }
    throw error;
  }
};

/** As it stands before a port. */
const hostOf = ({ host }: Config): string => (host.includes(':') ? `[${host}]` : host);

const announce = (config: Config, { address }: Standalone, http: string): void => {
  const ready = {
    role: 'standalone',
    pid: process.pid,
    http,
    ws: `${http.replace('http', 'ws')}/ws`,
    tcp: `${hostOf(config)}:${String(address.tcpPort)}`,
  };
  process.stdout.write(`munova ready ${JSON.stringify(ready)}\n`);
};

/** Resolves with the first SIGTERM or SIGINT; another one later ends the process at once. */
const stopSignal = (log: ProcessLog): Promise<string> =>
  new Promise((resolve) => {
    let first: number | null = null;
    const onSignal = (signal: string): void => {
      if (first === null) {
        first = performance.now();
        resolve(signal);
      } else if (performance.now() - first > SAME_SIGNAL_MS) {
        log.warn({ signal }, 'ending at once');
        process.exit(EXIT_FORCED);
      }
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });

const demoOf = (secret: string): Demo => {
  const people = [...BUYERS, ...SELLERS];
  return {
    people: people.map(({ sub, name, role }) => ({ sub: asUserId(sub), name, role, shop: null })),
    mint: (sub) => {
      const person = people.find((candidate) => candidate.sub === sub);
      if (person === undefined) throw new Error(`${sub} is nobody of the demo`);
      return signToken(
        secret,
        { sub: person.sub, name: person.name, role: person.role, shop: undefined },
        DEMO_TOKEN_TTL_MS,
      );
    },
  };
};
