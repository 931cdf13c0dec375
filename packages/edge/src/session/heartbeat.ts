/** Heart-beats both ways, judged at every sweep; times are monotonic ms. */
import { HEARTBEAT_GRACE, SESSION_SWEEP_MS } from '@munova/contracts';
import type { HeartbeatAgreement } from '@munova/contracts/stomp';

export class HeartbeatMonitor {
  readonly #agreement: HeartbeatAgreement;
  #lastHeard: number;

  constructor(agreement: HeartbeatAgreement, now: number) {
    this.#agreement = agreement;
    this.#lastHeard = now;
  }

  heard(now: number): void {
    this.#lastHeard = now;
  }

  /** A client that is not being read cannot be blamed for silence. */
  isSilent(now: number): boolean {
    const { clientSends } = this.#agreement;
    return clientSends > 0 && now - this.#lastHeard > clientSends * HEARTBEAT_GRACE;
  }

  /** True when waiting for the next sweep could make the client wait for longer than was agreed. */
  isDue(now: number, lastWritten: number): boolean {
    const { serverSends } = this.#agreement;
    return serverSends > 0 && now - lastWritten >= serverSends - 2 * SESSION_SWEEP_MS;
  }
}
