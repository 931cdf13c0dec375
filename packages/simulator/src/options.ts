/** Options of the two commands, checked. */
import { availableParallelism } from 'node:os';

export class UsageError extends Error {}

export const EXIT = { held: 0, failed: 1, usage: 2, bug: 70, interrupted: 130 } as const;

export const wholeNumber = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name}: a whole number from ${String(least)} is expected, not ${text}`);
  }
  return value;
};

export const jobsOf = (text: string | undefined): number =>
  text === undefined ? availableParallelism() : wholeNumber('jobs', text, 1);

/** Runs a command, and makes of what it throws a sentence and an exit code. */
export const runCommand = async (name: string, main: (args: readonly string[]) => Promise<number>): Promise<void> => {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${name}: ${(error as Error).message}\n`);
    const wrongUse =
      error instanceof UsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
    process.exitCode = wrongUse ? EXIT.usage : EXIT.bug;
  }
};

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Aborted by the first Ctrl-C; a second one ends the process. */
export const onInterrupt = (): AbortSignal => {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
};
