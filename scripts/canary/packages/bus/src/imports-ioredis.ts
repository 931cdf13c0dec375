// boundary: no-adapter-in-restricted-folders
// boundary: no-world-in-restricted-folders
import { Redis } from 'ioredis'; // lint: no-restricted-imports
import { createServer } from 'node:net'; // lint: no-restricted-imports
import { opened } from './ioredis/index.js'; // lint: no-restricted-imports
export const used = [Redis, createServer, opened, performance.now()]; // lint: no-restricted-globals
