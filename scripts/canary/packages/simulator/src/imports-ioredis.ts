// boundary: simulator-imports-only-message-paths
import { opened } from '../../bus/src/ioredis/index.js';
export const used = opened;
