import type { EdgeAddress } from '@munova/edge';
import { type Config, ConfigError } from '../config.js';

/** As it stands before a port. */
const hostOf = ({ host }: Config): string => (host.includes(':') ? `[${host}]` : host);

export const httpUrl = (config: Config, port: number): string => `http://${hostOf(config)}:${String(port)}`;

/** What a ready line says of where a process that takes clients listens. */
export const clientAddresses = (
  config: Config,
  { httpPort, tcpPort }: EdgeAddress,
): { readonly http: string; readonly ws: string; readonly tcp: string } => {
  const http = httpUrl(config, httpPort);
  return { http, ws: `${http.replace('http', 'ws')}/ws`, tcp: `${hostOf(config)}:${String(tcpPort)}` };
};

/** A listener's failure as what is wrong with the configuration; anything else as it is. */
export const listenFailure = (config: Config, error: unknown): unknown => {
  const { code, syscall, port } = error as NodeJS.ErrnoException & { port?: number };
  if (syscall !== 'listen' && syscall !== 'getaddrinfo' && syscall !== 'bind') return error;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') {
    return new ConfigError('--host', `${JSON.stringify(config.host)} (${code ?? ''})`, 'an address of this machine');
  }
  const flag = port === config.tcpPort ? '--tcp-port' : '--http-port';
  return new ConfigError(flag, `${String(port ?? '')} (${code})`, 'a port that is free and may be listened on, or 0');
};
