/** Secrets that the first start makes in the data folder. */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { MIN_SECRET_BYTES } from '@munova/contracts';
import { type Config, ConfigError, deploymentKeyFile, secretFile } from './config.js';

const OWNER_ONLY = 0o600;
const FOLDER_OWNER_ONLY = 0o700;

const readSecretFile = (file: string): string => {
  const text = readFileSync(file, 'utf8').trim();
  if (Buffer.byteLength(text) >= MIN_SECRET_BYTES) return text;
  throw new ConfigError(file, `${String(Buffer.byteLength(text))} bytes`, `at least ${String(MIN_SECRET_BYTES)} bytes`);
};

/** Written whole or not at all, and by one process only, so that a crash leaves no half of a secret. */
const makeSecretFile = (file: string): void => {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: OWNER_ONLY, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};

const ensureSecretFile = (folder: string, file: string): string => {
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_OWNER_ONLY });
    if (!existsSync(file)) makeSecretFile(file);
    return readSecretFile(file);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new ConfigError(
      '--data-dir',
      JSON.stringify(folder),
      `a folder that this user can write to (${code ?? syscall})`,
    );
  }
};

/** The secret of the tokens for a server; made where there is none. */
export const ensureJwtSecret = (config: Config): string =>
  config.jwtSecret === '' ? ensureSecretFile(config.dataDir, secretFile(config.dataDir)) : config.jwtSecret;

/** The key of body hashes and room ids; the data is of no use without it, so it lives beside it. */
export const ensureDeploymentKey = ({ deploymentKey, dataDir }: Config): Uint8Array =>
  Buffer.from(
    deploymentKey === '' ? ensureSecretFile(dataDir, deploymentKeyFile(dataDir)) : deploymentKey,
    'base64url',
  );

/**
 * The secret of the tokens for a command that only signs.
 * @throws {ConfigError} where no server has started on this folder yet
 */
export const findJwtSecret = (config: Config): string => {
  if (config.jwtSecret !== '') return config.jwtSecret;
  const file = secretFile(config.dataDir);
  if (existsSync(file)) return readSecretFile(file);
  throw new ConfigError(
    'MUNOVA_JWT_SECRET',
    `nothing, and there is no ${file}`,
    'a secret, or the --data-dir of a server that has started once',
  );
};
