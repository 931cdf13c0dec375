// boundary: servers-imports-only-itself
import { store } from '../../store/src/index.js';

export const server = store;
