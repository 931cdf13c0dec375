/** What the build reads, reduced to one hash, so that an unchanged tree is recognised without starting a compiler. */
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SKIPPED = new Set(['node_modules', 'dist', 'test', 'data']);

/**
 * Every TypeScript source, tsconfig and manifest below `folder`, with its size and time of change.
 *
 * @param {string} folder
 * @returns {Generator<string>}
 */
function* inputsBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) yield* inputsBelow(path);
    } else if (/\.(ts|mts|json)$/.test(entry.name)) {
      const { size, mtimeMs } = statSync(path);
      yield `${path} ${size} ${mtimeMs}`;
    }
  }
}

/**
 * The hash of all inputs of `tsc -b` (hex). It changes when a file is added, removed or written; a file that was
 * written back unchanged costs one needless build and nothing else.
 *
 * @param {string} root the repository's folder
 */
export function hashBuildInputs(root) {
  const lines = ['packages', 'loadtest'].flatMap((folder) => [...inputsBelow(join(root, folder))]);
  for (const name of ['tsconfig.base.json', 'tsconfig.json', 'package-lock.json']) {
    const { size, mtimeMs } = statSync(join(root, name));
    lines.push(`${name} ${size} ${mtimeMs}`);
  }
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}
