// boundary: bus-imports-only-contracts
import { store } from '../../store/src/index.js';
export const used = store;
