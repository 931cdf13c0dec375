/**
 * Tells whether an installed tree is the one a lockfile asks for. npm leaves a copy of what it installed in
 * `node_modules/.package-lock.json`, written last, so a broken-off installation has none or an old one.
 *
 * @typedef {{ version?: string, integrity?: string, link?: boolean, resolved?: string, optional?: boolean, peer?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lockfile
 */

/** What identifies one installed package: its content's hash, or for a workspace the folder it links to. */
const identity = (/** @type {LockedPackage} */ entry) =>
  entry.link ? `link:${entry.resolved}` : `${entry.version}:${entry.integrity}`;

const isInstalled = (/** @type {string} */ path) => path.includes('node_modules/');

/**
 * Why the installed tree differs from the lockfile, in a few words, or `undefined` when it does not. Packages of
 * another platform are optional and may be absent; everything else is there with the locked content and nothing more.
 *
 * @param {Lockfile} wanted the parsed `package-lock.json`
 * @param {Lockfile | undefined} installed the parsed `node_modules/.package-lock.json`
 * @returns {string | undefined}
 */
export function installDifference(wanted, installed) {
  if (installed?.packages === undefined) return 'nothing is installed yet';
  const have = installed.packages;
  const want = wanted.packages ?? {};
  for (const [path, entry] of Object.entries(want)) {
    if (!isInstalled(path)) continue;
    const found = have[path];
    if (found === undefined) {
      if (entry.optional) continue;
      return `${path} is missing`;
    }
    if (identity(found) !== identity(entry)) return `${path} is another version`;
  }
  const extra = Object.keys(have).find((path) => isInstalled(path) && want[path] === undefined);
  return extra === undefined ? undefined : `${extra} is no longer wanted`;
}
