// boundary: no-adapter-in-restricted-folders
// boundary: no-world-in-restricted-folders
import { MongoClient } from 'mongodb'; // lint: no-restricted-imports
import { inside } from '../sqlite/inside.js'; // lint: no-restricted-imports
export const now = () => new Date(); // lint: no-restricted-globals
export const used = [MongoClient, inside];
