import { environmentWith } from '../config.js';
import { BUILD_TIMEOUT_MS } from '../limits.js';
import type { Recipe } from './find.js';
import { run } from './run.js';

const MODULE = 'go.k6.io/k6@v1.8.1';

/** Built from source: takes two minutes of two quiet cores, and 70 MB. */
const fetchByGo = async (tree: string): Promise<void> => {
  await run('go', ['install', MODULE], { env: environmentWith({ GOBIN: tree }), timeoutMs: BUILD_TIMEOUT_MS });
};

export const k6Recipe: Recipe = {
  program: 'k6',
  minimumMajor: 1,
  versionPattern: /^k6 v(\d+[.]\d+[.]\d+)/m,
  variable: 'MUNOVA_K6',
  pathInTree: 'k6',
  fetchers: [{ by: 'go install', fetch: fetchByGo }],
  advice: 'Install k6 1 or newer (grafana.com/docs/k6/latest/set-up/install-k6), or Go, by which it is then built',
};
