import type { a } from './cycle-a.js';
export type B = typeof a;
