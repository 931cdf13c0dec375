/**
 * Threads that run plans. Invariants:
 * 1. A thread runs one plan at a time; plans wait in the order in which they were given.
 * 2. Every plan given is answered while the pool is open: a run that throws, or does not end, is a result
 *    with a `bug` in it, and its thread is replaced.
 * 3. No thread outlives `end`.
 */
import { Worker } from 'node:worker_threads';
import type { MutantSpec } from './patches.js';
import type { Plan } from './plan.js';
import type { RunResult } from './run.js';
import type { WorkerAnswer, WorkerData } from './run-worker.js';
import { Tally } from './tally.js';

const RUN_PATIENCE_MS = 60_000; // ms of real time for one run, far beyond what any takes

interface Job {
  readonly plan: Plan;
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | null;
  timer: NodeJS.Timeout | null;
  ready: boolean;
}

export class Pool {
  readonly #mutant: MutantSpec | null;
  readonly #patienceMs: number;
  readonly #threads = new Set<Thread>();
  readonly #waiting: Job[] = [];
  #broken: Error | null = null;
  #ended = false;

  /** @param jobs threads; @param patienceMs of real time for one run */
  constructor(jobs: number, mutant: MutantSpec | null, patienceMs = RUN_PATIENCE_MS) {
    this.#mutant = mutant;
    this.#patienceMs = patienceMs;
    for (let i = 0; i < jobs; i += 1) this.#start();
  }

  /** Rejects only when no thread can be started: the mutant is out of date. */
  run(plan: Plan): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ plan, resolve, reject });
      this.#next();
    });
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all([...this.#threads].map((thread) => this.#stop(thread)));
  }

  #start(): void {
    const data: WorkerData = { mutant: this.#mutant };
    // The build, by whatever conditions this process resolves its own imports.
    const worker = new Worker(new URL('run-worker.js', import.meta.url), { workerData: data, execArgv: [] });
    const thread: Thread = { worker, job: null, timer: null, ready: false };
    this.#threads.add(thread);
    worker.on('message', (answer: WorkerAnswer) => {
      if (answer.ready) thread.ready = true;
      else this.#settle(thread, answer.result);
      this.#next();
    });
    worker.on('error', (error) => {
      if (thread.ready) this.#crashed(thread, error instanceof Error ? (error.stack ?? error.message) : String(error));
      else this.#break(error instanceof Error ? error : new Error(String(error)));
    });
  }

  #next(): void {
    if (this.#broken !== null) {
      for (const job of this.#waiting.splice(0)) job.reject(this.#broken);
      return;
    }
    for (const thread of this.#threads) {
      if (!thread.ready || thread.job !== null) continue;
      const job = this.#waiting.shift();
      if (job === undefined) return;
      thread.job = job;
      thread.timer = setTimeout(() => {
        this.#crashed(thread, `the run did not end within ${String(this.#patienceMs)} ms of real time`);
      }, this.#patienceMs);
      thread.worker.postMessage(job.plan);
    }
  }

  #settle(thread: Thread, result: RunResult): void {
    if (thread.timer !== null) clearTimeout(thread.timer);
    const { job } = thread;
    thread.job = null;
    job?.resolve(result);
  }

  #crashed(thread: Thread, why: string): void {
    if (thread.job !== null) this.#settle(thread, failedBy(thread.job.plan, why));
    void this.#stop(thread);
    if (this.#ended) return;
    this.#start();
  }

  #break(error: Error): void {
    this.#broken = error;
    this.#next();
  }

  async #stop(thread: Thread): Promise<void> {
    if (thread.timer !== null) clearTimeout(thread.timer);
    this.#threads.delete(thread);
    await thread.worker.terminate();
  }
}

/** A run of which nothing is known but that it broke the simulator. */
const failedBy = (plan: Plan, detail: string): RunResult => ({
  plan,
  hash: '',
  troubles: [{ id: 'bug', room: '-', detail }],
  tally: new Tally(),
  events: 0,
  settledMs: 0,
  messages: 0,
  deliveries: 0,
  timeline: [],
});
