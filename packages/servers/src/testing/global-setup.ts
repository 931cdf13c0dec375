/** Vitest runs this once, before the tests; nothing is started until a test file asks. */
import type { TestProject } from 'vitest/node';
import { shareServers } from './shared-servers.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for shared servers; there only under this setup. */
    readonly munovaServers?: string;
  }
}

export default async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const { url, stop } = await shareServers();
  provide('munovaServers', url);
  return stop;
};
