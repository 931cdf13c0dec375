// boundary: runtime-imports-only-core-and-sharding
// boundary: no-adapter-in-restricted-folders
import { adapter } from '../adapters/adapter.js'; // lint: no-restricted-imports
export type Mailbox = typeof adapter;
export const soon = (work: () => void) => setImmediate(work); // lint: no-restricted-globals
