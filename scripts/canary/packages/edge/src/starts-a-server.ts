// boundary: only-tests-start-servers
import { startRedis } from '../../servers/src/index.js';

export const bus = startRedis;
