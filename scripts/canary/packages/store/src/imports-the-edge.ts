// boundary: store-imports-only-contracts
import { a } from '../../edge/src/cycle-a.js';
export const used = a;
