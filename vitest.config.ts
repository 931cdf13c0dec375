import { defineConfig } from 'vitest/config';

/** Tests in this process and its threads, against sources. */
const unit = ['packages/*/test/**/*.test.ts', 'loadtest/test/*.test.ts', 'scripts/test/**/*.test.ts'];
/** Tests of the started product: processes of their own, which would starve each other and the unit tests. */
const endToEnd = ['loadtest/test/e2e/**/*.test.ts'];
/** Tests of clusters of such processes. */
const cluster = ['loadtest/test/cluster/**/*.test.ts'];
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
    ],
  },
});
