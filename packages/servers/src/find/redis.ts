import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from './find.js';
import { run } from './run.js';

/** The packages that an installation would add: `redis-server` and whatever it needs and this machine lacks. */
const missingPackages = async (settings: readonly string[]): Promise<string[]> => {
  const plan = await run('apt-get', [...settings, '--simulate', '--no-install-recommends', 'install', 'redis-server']);
  const packages = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => String(name));
  if (packages.length === 0) throw new Error('apt-get has no newer redis-server than the one that is installed');
  return packages;
};

const download = async (settings: readonly string[], into: string): Promise<void> => {
  await run('apt-get', [...settings, '--quiet', 'download', ...(await missingPackages(settings))], { cwd: into });
};

/** Debian's packages, unpacked and not installed: no root, no system service, nothing of the machine is changed. */
const fetchByApt = async (tree: string, scratch: string): Promise<void> => {
  const asWhoWeAre = ['-o', 'APT::Sandbox::User=root'];
  try {
    await download(asWhoWeAre, scratch);
  } catch {
    // The machine's lists of packages are missing or old: take new ones, for ourselves.
    const [lists, cache] = [join(scratch, 'lists'), join(scratch, 'cache')];
    mkdirSync(join(lists, 'partial'), { recursive: true });
    mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
    const ownLists = [...asWhoWeAre, '-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`];
    await run('apt-get', [...ownLists, '--quiet', 'update']);
    await download(ownLists, scratch);
  }
  for (const name of readdirSync(scratch).filter((entry) => entry.endsWith('.deb'))) {
    await run('dpkg', ['-x', join(scratch, name), tree]);
  }
};

export const redisRecipe: Recipe = {
  program: 'redis-server',
  minimumMajor: 7,
  versionPattern: /\bv=(\d+[.]\d+[.]\d+)/,
  variable: 'MUNOVA_REDIS_SERVER',
  pathInTree: join('usr', 'bin', 'redis-server'),
  fetchers: [{ by: 'apt-get', fetch: fetchByApt }],
  advice: 'Install Redis 7 or newer (apt-get install redis-server, brew install redis)',
};
