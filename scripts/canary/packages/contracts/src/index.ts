// boundary: contracts-imports-only-itself
import { store } from '../../store/src/index.js';
export const used = store;
