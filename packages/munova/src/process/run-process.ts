/**
 * The life of every process: begin, say so, serve until a signal, drain. Invariants:
 * 1. One ready line is printed, once what it names can serve.
 * 2. The first signal drains, also while the process begins; another one SAME_SIGNAL_MS later ends it at once.
 */
import type { ProcessLog } from '../logger.js';

/** A process that serves. */
export interface Serving {
  /** What the ready line says beside the role and the pid. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Resolves if it cannot serve any more: nothing that is under way can be finished, and a restart helps. */
  readonly ended: Promise<void>;
  /** Finishes what was begun and closes everything. */
  drain(): Promise<void>;
}

/** npm forwards a signal that the terminal has sent to the whole group already; that is no second one. */
const SAME_SIGNAL_MS = 1_000;
const EXIT_FORCED = 1;
const EXIT_FAILED = 1;

/** @param begin throws `stopping.reason` where it is told to stop before it serves. @returns the exit code */
export const runProcess = async (
  role: string,
  log: ProcessLog,
  begin: (stopping: AbortSignal) => Promise<Serving>,
): Promise<number> => {
  const stopping = stopSignal(log);
  const serving = await begin(stopping).catch((error: unknown) => {
    if (stopping.aborted && error === stopping.reason) return null;
    throw error;
  });
  if (serving === null) return 0;
  if (!stopping.aborted) {
    process.stdout.write(`munova ready ${JSON.stringify({ role, pid: process.pid, ...serving.ready })}\n`);
  }
  await Promise.race([whenAborted(stopping), serving.ended]);
  if (!stopping.aborted) {
    // Nothing that is under way can be finished: whoever is connected comes back to the next start.
    log.flush();
    process.exit(EXIT_FAILED);
  }
  log.info({ signal: stopping.reason as unknown }, 'draining');
  await serving.drain();
  log.info({}, 'stopped');
  return 0;
};

/** Aborted by the first SIGTERM or SIGINT, whose name is the reason; another one later ends the process at once. */
const stopSignal = (log: ProcessLog): AbortSignal => {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (signal: string): void => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort(signal);
    } else if (performance.now() - first > SAME_SIGNAL_MS) {
      log.warn({ signal }, 'ending at once');
      process.exit(EXIT_FORCED);
    }
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return controller.signal;
};

const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
