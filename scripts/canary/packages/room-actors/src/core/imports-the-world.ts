// boundary: core-imports-only-core
// boundary: no-world-in-restricted-folders
import { createHash } from 'node:crypto';
import { randomBytes } from 'node:crypto'; // lint: no-restricted-imports
import { readFileSync } from 'node:fs'; // lint: no-restricted-imports
import { connect } from 'net'; // lint: no-restricted-imports
import { WebSocket } from 'ws'; // lint: no-restricted-imports
export const lazily = () => import('node:dns'); // lint: no-restricted-syntax
export const used = [createHash, randomBytes, readFileSync, connect, WebSocket];
