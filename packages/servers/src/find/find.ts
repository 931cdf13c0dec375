/**
 * Finds a server on this machine, or fetches it once for all clones of this user.
 *
 * 1. A folder of the cache appears under its name complete, or not at all: it is fetched aside and renamed.
 * 2. What is found has been run: its version is the one it prints.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Places } from '../config.js';
import { environmentWith, placesOfThisProcess } from '../config.js';
import { ServerNotFound } from '../errors.js';
import { STALE_FETCH_MS, VERSION_TIMEOUT_MS } from '../limits.js';
import { reasonOf, run } from './run.js';

/** A server that runs on this machine. */
export interface Binary {
  readonly path: string;
  /** As it prints it, `7.0.15`. */
  readonly version: string;
  /** Variables it needs beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/** A way to get a server. */
export interface Fetcher {
  /** The name of the means, for the line that announces it. */
  readonly by: string;
  /** Fills `tree`, an empty folder, so that the server stands at `pathInTree`; `scratch` is for whatever else is needed. */
  readonly fetch: (tree: string, scratch: string) => Promise<void>;
}

/** How one kind of server is found. */
export interface Recipe {
  /** The name of the program. */
  readonly program: string;
  readonly minimumMajor: number;
  /** Its first group is the version in what `--version` prints. */
  readonly versionPattern: RegExp;
  /** The variable that names the program's path. */
  readonly variable: string;
  /** The path of the program in a folder of the cache. */
  readonly pathInTree: string;
  /** Tried one after the other. */
  readonly fetchers: readonly Fetcher[];
  /** How a person gets it. */
  readonly advice: string;
}

/** The folders in `tree` that hold shared libraries, as a value of LD_LIBRARY_PATH. */
const librariesIn = (tree: string): Record<string, string> => {
  const files = readdirSync(tree, { recursive: true, withFileTypes: true });
  const folders = new Set(files.filter(({ name }) => /[.]so([.]|$)/.test(name)).map(({ parentPath }) => parentPath));
  return folders.size === 0 ? {} : { LD_LIBRARY_PATH: [...folders].join(':') };
};

/** Runs the program once. @throws when it does not run here, or is too old */
const examine = async (recipe: Recipe, path: string, env: Record<string, string> = {}): Promise<Binary> => {
  const printed = await run(path, ['--version'], { env: environmentWith(env), timeoutMs: VERSION_TIMEOUT_MS });
  const version = recipe.versionPattern.exec(printed)?.[1];
  if (version === undefined) throw new Error(`${path} prints no version`);
  if (Number.parseInt(version, 10) < recipe.minimumMajor) throw new Error(`${path} is ${version}, too old`);
  return { path, version, env };
};

const examineTree = (recipe: Recipe, tree: string): Promise<Binary> =>
  examine(recipe, join(tree, recipe.pathInTree), librariesIn(tree));

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** The first of `candidates` that runs here; undefined where none does, with a reason for each in `reasons`. */
const firstThatRuns = async (
  candidates: readonly string[],
  tryOne: (candidate: string) => Promise<Binary>,
  reasons: string[],
): Promise<Binary | undefined> => {
  for (const candidate of candidates) {
    try {
      return await tryOne(candidate);
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  return undefined;
};

const cachedTrees = ({ program }: Recipe, cache: string): string[] => {
  if (!existsSync(cache)) return [];
  const numeric = new Intl.Collator('en', { numeric: true });
  const names = readdirSync(cache).filter((name) => name.startsWith(`${program}-`));
  return names.sort((a, b) => numeric.compare(b, a)).map((name) => join(cache, name));
};

/** Puts a complete tree in its place. A folder there that works stays; one that does not is replaced. */
const install = async (recipe: Recipe, tree: string, cache: string): Promise<Binary> => {
  const { version } = await examineTree(recipe, tree);
  const place = join(cache, `${recipe.program}-${version}`);
  try {
    renameSync(tree, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
    const [works] = await Promise.allSettled([examineTree(recipe, place)]);
    if (works.status === 'fulfilled') return works.value;
    renameSync(place, join(dirname(tree), 'broken'));
    renameSync(tree, place);
  }
  return examineTree(recipe, place);
};

const removeStaleFetches = (cache: string): void => {
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith('fetching-'))) {
    const age = Date.now() - (statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_FETCH_MS) rmSync(join(cache, name), { recursive: true, force: true });
  }
};

const fetchInto = async (recipe: Recipe, fetcher: Fetcher, { cache, say }: Places): Promise<Binary> => {
  mkdirSync(cache, { recursive: true });
  removeStaleFetches(cache);
  const aside = mkdtempSync(join(cache, 'fetching-'));
  const [tree, scratch] = [join(aside, 'tree'), join(aside, 'scratch')];
  try {
    say(`fetching ${recipe.program} by ${fetcher.by} into ${cache} …`);
    mkdirSync(tree);
    mkdirSync(scratch);
    await fetcher.fetch(tree, scratch);
    return await install(recipe, tree, cache);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
};

/**
 * Finds the server of a recipe: by its variable, on PATH, in the cache, or fetched into the cache.
 *
 * @throws {ServerNotFound} saying where it was looked for and how to get it; where the variable is set and what it
 *   names does not serve, nothing else is tried
 */
export const find = async (recipe: Recipe, places: Places = placesOfThisProcess()): Promise<Binary> => {
  const { program, variable, minimumMajor, advice } = recipe;
  const named = places.variable(variable);
  const reasons: string[] = [];
  if (named) {
    const binary = await firstThatRuns([named], (path) => examine(recipe, path), reasons);
    if (binary !== undefined) return binary;
    throw new ServerNotFound(
      `${variable} does not name a ${program} of version ${minimumMajor} or newer: ${reasons.join()}.`,
    );
  }
  const onPath = places.path.map((folder) => join(folder, program)).filter(isExecutable);
  const found =
    (await firstThatRuns(onPath, (path) => examine(recipe, path), reasons)) ??
    (await firstThatRuns(cachedTrees(recipe, places.cache), (tree) => examineTree(recipe, tree), reasons));
  if (found !== undefined) return found;
  for (const fetcher of recipe.fetchers) {
    try {
      return await fetchInto(recipe, fetcher, places);
    } catch (error) {
      reasons.push(`by ${fetcher.by}: ${reasonOf(error)}`);
    }
  }
  throw new ServerNotFound(
    `No ${program} of version ${minimumMajor} or newer: ${variable} is not set, none on PATH serves, none in ${places.cache}` +
      `${reasons.map((reason) => `; ${reason}`).join('')}. ${advice}, or set ${variable} to its path.`,
  );
};
