// boundary: no-world-in-restricted-folders
import { connect } from 'node:net'; // lint: no-restricted-imports
export const used = [connect, Date.now()]; // lint: no-restricted-globals
