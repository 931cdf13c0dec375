// boundary: no-unresolvable
export * from './nothing-there.js';
