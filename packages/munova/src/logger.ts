import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Log } from '@munova/contracts';

export interface ProcessLog extends Log {
  /** Everything logged so far is written. */
  flush(): void;
}

/** JSON lines on stderr; pretty where that is a terminal. */
export const createLog = (level: string, role: string): ProcessLog => {
  const stderr = 2;
  const stream = process.stderr.isTTY
    ? pretty({ destination: stderr, sync: true, colorize: true, ignore: 'pid,hostname,role' })
    : pino.destination({ dest: stderr, sync: true });
  return pino({ level, base: { pid: process.pid, role }, timestamp: pino.stdTimeFunctions.isoTime }, stream);
};
