import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const SKIPPED = new Set(['node_modules', 'dist']);

/**
 * The files below `root`/`folder` whose names end with one of `endings`, as paths from `root` with forward slashes.
 *
 * @param {string} root
 * @param {string} folder
 * @param {string[]} endings
 * @returns {string[]}
 */
export function filesBelow(root, folder, endings) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.split('/').some((part) => SKIPPED.has(part)))
    .sort();
}
