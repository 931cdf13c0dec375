import { setTimeout as sleep } from 'node:timers/promises';
import { asOperator, type OperatorOptions } from '../cluster/operator.js';
import { clusterReport } from '../cluster/report.js';
import { statusTable } from '../cluster/status-table.js';

export interface StatusCommandOptions extends OperatorOptions {
  readonly once?: boolean;
  readonly json?: boolean;
}

/** Between two looks, ms. */
const REFRESH_MS = 2_000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

/** Prints the cluster's state; on a terminal again and again until Ctrl-C. */
export const status = ({ once, json, ...place }: StatusCommandOptions): Promise<void> =>
  asOperator(place, async ({ record, store, ownership, bus }) => {
    const views = { record, membership: store.membership, ownership, stream: bus.stream };
    const refreshes = process.stdout.isTTY && once !== true && json !== true;
    do {
      const report = await clusterReport(views);
      const text = json === true ? JSON.stringify(report) : statusTable(report);
      process.stdout.write(`${refreshes ? CLEAR_SCREEN : ''}${text}\n`);
      if (refreshes) await sleep(REFRESH_MS);
    } while (refreshes);
  });
