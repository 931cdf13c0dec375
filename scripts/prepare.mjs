/**
 * Makes a clone ready to run: installs what the lockfile names and builds the packages. Runs before `npm start` and
 * `npm test`; costs a few milliseconds when nothing has changed. Needs only Node 20 and npm: it runs before anything
 * is installed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashBuildInputs } from './lib/build-inputs.mjs';
import { withLock } from './lib/lock.mjs';
import { installDifference } from './lib/lockfile.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, '.cache');
const buildStamp = join(cache, 'build.stamp');
const ownNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** How long to wait for another `npm start` or `npm test` that is installing or building (milliseconds). */
const LOCK_TIMEOUT_MS = 10 * 60_000;

const say = (/** @type {string} */ line) => process.stdout.write(`munova: ${line}\n`);

const readJson = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8'));

function whyInstall() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const difference = installDifference(
    readJson(join(root, 'package-lock.json')),
    existsSync(installed) ? readJson(installed) : undefined,
  );
  return difference ?? (existsSync(ownNode) ? undefined : 'the Node of this project is missing');
}

const builtPackages = () =>
  /** @type {{ path: string }[]} */ (readJson(join(root, 'tsconfig.json')).references).map(({ path }) => path);

function isBuilt() {
  return (
    existsSync(buildStamp) &&
    builtPackages().every((path) => existsSync(join(root, path, 'dist', '.tsbuildinfo'))) &&
    readFileSync(buildStamp, 'utf8') === hashBuildInputs(root)
  );
}

/**
 * The environment for an npm started by an npm script. What the outer npm says of its own run (the script's name, the
 * package it belongs to, a chosen workspace) would steer the inner one; the user's settings, a proxy for one, stay.
 */
function innerNpmEnv() {
  const ofTheOuterRun =
    /^npm_(lifecycle_|package_|command$|config_(workspace|workspaces|include_workspace_root|local_prefix|prefix|global|location|omit|include|only|dry_run|ignore_scripts|loglevel|long)$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofTheOuterRun.test(name)));
}

/** How to start npm: the very one that runs this script, on the Node it runs on, or the one found on PATH. */
function npmCommand() {
  const cli = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  // `npm ci` deletes node_modules first, so npm must not run on the Node in there.
  const node_modules = join(root, 'node_modules') + sep;
  if (cli !== undefined && basename(cli) === 'npm-cli.js' && !node.startsWith(node_modules)) return [node, cli];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

/**
 * Runs a command to its end with this terminal; `what` names it in the sentence about its failure. Ctrl-C reaches the command from the terminal itself; a signal sent to
 * this process alone is passed on.
 *
 * @param {string} what
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<void>}
 */
function run(what, [file, ...args], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(/** @type {string} */ (file), args, {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: file?.endsWith('.cmd') ?? false,
    });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.once('SIGINT', forward).once('SIGTERM', forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      if (code === 0) resolve();
      else reject(new Error(`${what} ended with ${signal ?? `exit code ${code}`}; its messages are above`));
    });
  });
}

async function install(/** @type {string} */ reason) {
  say(`installing the dependencies (${reason}); this takes about a minute …`);
  rmSync(buildStamp, { force: true });
  // Development packages are named expressly: with NODE_ENV=production npm would leave out the compiler.
  await run(
    'npm ci',
    [...npmCommand(), 'ci', '--include=dev', '--include=optional', '--no-fund', '--no-audit', '--loglevel=error'],
    innerNpmEnv(),
  );
}

async function build() {
  say('building …');
  const inputs = hashBuildInputs(root);
  await run('the build', [ownNode, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'], process.env);
  mkdirSync(cache, { recursive: true });
  writeFileSync(buildStamp, inputs);
}

async function prepare() {
  const reason = whyInstall();
  if (reason !== undefined) await install(reason);
  if (!isBuilt()) await build();
}

async function main() {
  if (whyInstall() === undefined && isBuilt()) return;
  const startedAt = performance.now();
  const onWait = () => say('another command is installing or building here; waiting for it …');
  await withLock(join(cache, 'prepare.lock'), { timeoutMs: LOCK_TIMEOUT_MS, onWait }, prepare);
  say(`ready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`munova: not ready: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
