// boundary: core-imports-only-core
// boundary: no-adapter-in-restricted-folders
import { adapter } from '../adapters/adapter.js'; // lint: no-restricted-imports
export const used = adapter;
