import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Workspace packages are tested from their sources, never from a build that may be old.
  resolve: { conditions: ['munova-source'] },
  ssr: { resolve: { conditions: ['munova-source', 'node', 'import', 'default'] } },
  test: { include: ['packages/*/test/**/*.test.ts', 'loadtest/test/**/*.test.ts'] },
});
