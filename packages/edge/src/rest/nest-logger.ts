import type { LoggerService } from '@nestjs/common';
import type { Log } from '@munova/contracts';

/** Nest's own words, as lines of ours; its start-up chatter is left out. */
export const nestLogger = (log: Log): LoggerService => {
  const fields = (rest: readonly unknown[]): Record<string, unknown> => ({ from: 'nest', context: rest.at(-1) });
  return {
    log: () => undefined,
    warn: (message: unknown, ...rest: unknown[]) => {
      log.warn(fields(rest), String(message));
    },
    error: (message: unknown, ...rest: unknown[]) => {
      log.error(fields(rest), String(message));
    },
  };
};
