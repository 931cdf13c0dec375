/**
 * TCP, upgrade, CONNECT with a token, CONNECTED, at a constant rate of arrivals.
 *
 * 1. A connection begins when it is due, however slow or failed those before it are.
 * 2. Every connection of a virtual user is told exactly once, with one outcome.
 */
import execution from 'k6/execution';
import { Rate, Trend } from 'k6/metrics';
import type { Attempt, BurstPlan } from '../load/protocol.ts';
import { handleSummary, LEAD_MS, readPlan, tell, tellProgress, tokens, turn } from './plan.ts';
import { StompSocket } from './stomp-socket.ts';

const plan = readPlan<BurstPlan>();
const END_MS = plan.burstMs + Math.max(plan.holdMs, plan.patienceMs);
/** For closing what is open (milliseconds). */
const CLOSING_MS = 15_000;

const connectTime = new Trend('munova_connect_time', true);
const connectSuccess = new Rate('munova_connect_success');

export { handleSummary };
export const options = {
  scenarios: {
    burst: {
      executor: 'per-vu-iterations',
      vus: plan.vus,
      iterations: 1,
      maxDuration: `${String(LEAD_MS + END_MS + CLOSING_MS)}ms`,
      gracefulStop: '1s',
    },
  },
  systemTags: ['status'],
  summaryTrendStats: ['min', 'med', 'avg', 'p(95)', 'p(99)', 'max'],
};

export const setup = (): { readonly beginsAt: number } => ({ beginsAt: Date.now() + LEAD_MS });

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Burst {
  readonly #beginsAt: number;
  readonly #attempts: Mutable<Attempt>[] = [];
  readonly #sockets: StompSocket[] = [];
  readonly #counts = { begun: 0, connected: 0, failed: 0, dropped: 0 };
  readonly #endProgress: () => void;
  readonly #deadline: NodeJS.Timeout;
  #left = 0;
  #over = false;

  constructor(vu: number, beginsAt: number) {
    this.#beginsAt = beginsAt;
    this.#endProgress = tellProgress(vu, this.#counts);
    for (let n = vu - 1; n < plan.connections; n += plan.vus) {
      const dueAt = beginsAt + (n * plan.burstMs) / plan.connections;
      this.#left += 1;
      // Taken out of the shared array now: in the burst nothing is done that can be done before.
      const token = tokens[n] ?? '';
      setTimeout(() => this.#begin(n, dueAt, token), Math.max(0, dueAt - Date.now()));
    }
    this.#deadline = setTimeout(() => this.#end(), beginsAt + END_MS - Date.now());
  }

  #begin(n: number, dueAt: number, token: string): void {
    const begunAt = Date.now();
    const lateMs = Math.max(0, Math.round(begunAt - dueAt));
    const attempt: Mutable<Attempt> = {
      n,
      lateMs,
      openMs: null,
      connectedMs: null,
      outcome: 'timeout',
      dropped: false,
    };
    this.#attempts.push(attempt);
    this.#counts.begun += 1;
    const socket = new StompSocket(turn(plan.ws, n), token, {
      opened: () => {
        attempt.openMs = Date.now() - begunAt;
      },
      connected: () => {
        attempt.connectedMs = Date.now() - begunAt;
        attempt.outcome = 'connected';
        connectTime.add(attempt.connectedMs);
        this.#counts.connected += 1;
        this.#settle();
      },
      ended: (why) => {
        if (attempt.outcome === 'connected') {
          attempt.dropped = true;
          this.#counts.dropped += 1;
          return;
        }
        attempt.outcome = why;
        this.#counts.failed += 1;
        this.#settle();
      },
    });
    this.#sockets.push(socket);
  }

  #settle(): void {
    this.#left -= 1;
    if (this.#left > 0) return;
    setTimeout(() => this.#end(), Math.max(0, this.#beginsAt + plan.burstMs + plan.holdMs - Date.now()));
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#endProgress();
    for (const { outcome } of this.#attempts) connectSuccess.add(outcome === 'connected');
    tell({ kind: 'burst', attempts: this.#attempts });
    for (const socket of this.#sockets) socket.close();
  }
}

export default ({ beginsAt }: ReturnType<typeof setup>): void => {
  new Burst(execution.vu.idInTest, beginsAt);
};
