import { defineConfig } from 'vitest/config';

/** Tests in this process and its threads, against sources. */
const unit = ['packages/*/test/**/*.test.ts', 'loadtest/test/*.test.ts', 'scripts/test/**/*.test.ts'];
/** Tests of the started product: processes of their own, which would starve each other and the unit tests. */
const endToEnd = ['loadtest/test/e2e/**/*.test.ts'];
/** Tests of clusters of such processes. */
const cluster = ['loadtest/test/cluster/**/*.test.ts'];
/**
 * Of the end-to-end suite what a cluster promises as well; the rest harms or watches one process and its folder. By
 * default only a selection runs there, `npm run e2e` runs all of it (scripts/e2e.mjs).
 */
const alike = ['bad-input', 'conversation', 'legacy-rest', 'legacy-stomp', 'races', 'wire-*'];
const selected = ['conversation', 'races', 'wire-rooms', 'wire-stomp', 'wire-stomp-inbox', 'wire-stomp-typing'];
const redis = process.env['MUNOVA_E2E_REDIS'] === 'cluster' ? 'cluster' : 'one';
const onCluster = (process.env['MUNOVA_E2E_REDIS'] === undefined ? selected : alike).map(
  (name) => `loadtest/test/e2e/${name}.test.ts`,
);
/**
 * Harm done to clusters under load. By default only a selection runs, and a shorter one; `npm run faults` runs all of
 * it (scripts/faults.mjs).
 */
const harms = process.env['MUNOVA_FAULTS'] === 'all' ? 'all' : 'selected';
const quickHarms = ['actor-killed', 'actor-suspended', 'commit-in-doubt'];
const faults = (harms === 'all' ? ['*'] : quickHarms).map((name) => `loadtest/test/faults/${name}.test.ts`);
/** Lets unit tests share one Redis and one MongoDB, started when the first of them asks. */
const sharedServers = './packages/servers/src/testing/global-setup.ts';

export default defineConfig({
  // Workspace packages are tested from their sources, never from a build that may be old.
  resolve: { conditions: ['munova-source'] },
  ssr: { resolve: { conditions: ['munova-source', 'node', 'import', 'default'] } },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: unit, globalSetup: [sharedServers], sequence: { groupOrder: 1 } },
      },
      { extends: true, test: { name: 'end-to-end', include: endToEnd, maxWorkers: 1, sequence: { groupOrder: 2 } } },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: cluster,
          globalSetup: [sharedServers],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          name: 'end-to-end on a cluster',
          include: onCluster,
          globalSetup: [sharedServers],
          setupFiles: ['./loadtest/test/e2e/on-cluster.ts'],
          provide: { munovaRedis: redis },
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: faults,
          globalSetup: [sharedServers],
          provide: { munovaFaults: harms },
          maxWorkers: 1,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
