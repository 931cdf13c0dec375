/** Where the server of a data folder listens, for the commands that talk to it. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { addressFile, type Config } from './config.js';

export const writeServerAddress = (config: Config, http: string): void => {
  writeFileSync(addressFile(config.dataDir), `${JSON.stringify({ http })}\n`, { mode: 0o600 });
};

export const removeServerAddress = (config: Config): void => {
  rmSync(addressFile(config.dataDir), { force: true });
};

/** The option, else what the server on this data folder left, else where one listens by default. */
export const serverUrl = (config: Config, option: string | undefined): string => {
  if (option !== undefined) return option.replace(/\/+$/, '');
  const file = addressFile(config.dataDir);
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { http: string }).http;
  return `http://${config.host}:${String(config.httpPort)}`;
};
