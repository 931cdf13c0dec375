// boundary: simulator-imports-only-message-paths
import { store } from '../../store/src/index.js';
export const used = store;
