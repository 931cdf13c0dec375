/**
 * Every harm done to a cluster under load: `npm run faults`. With `--mutant NAME` its processes are one of the known
 * ways to be wrong (`npm run mutants -- --help`), and the run must fail. What stands behind goes to vitest: files, `-t`.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [option, mutant = '', ...behind] = process.argv.slice(2);
const isMutant = option === '--mutant';
const rest = isMutant ? behind : process.argv.slice(2);
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const child = spawn(process.execPath, [vitest, 'run', '--project', 'faults', ...rest], {
  stdio: 'inherit',
  env: { ...process.env, MUNOVA_FAULTS: 'all', ...(isMutant && { MUNOVA_MUTANT: mutant }) },
});
child.once('exit', (code) => process.exit(code ?? 1));
