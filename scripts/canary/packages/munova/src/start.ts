// boundary: no-deep-imports
import { inside } from '../../store/src/sqlite/inside.js';
export const port = process.env.PORT; // lint: no-restricted-properties
console.log(inside); // lint: no-console
