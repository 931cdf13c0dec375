// boundary: checker-imports-nothing-of-ours
import { store } from '../../packages/store/src/index.js';
export const used = store;
