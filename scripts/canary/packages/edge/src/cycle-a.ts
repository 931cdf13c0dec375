// boundary: no-cycles
import type { B } from './cycle-b.js';
export const a: B | undefined = undefined;
