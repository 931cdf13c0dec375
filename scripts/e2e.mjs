/**
 * The whole end-to-end suite where it runs unchanged: `npm run e2e -- --on cluster` over one Redis,
 * `--on redis-cluster` over a Redis Cluster. What stands behind goes to vitest: files, `-t`.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const REDIS = new Map([
  ['cluster', 'one'],
  ['redis-cluster', 'cluster'],
]);
const EXIT_CONFIG = 78;

const [option, on = '', ...rest] = process.argv.slice(2);
const redis = REDIS.get(on);
if (option !== '--on' || redis === undefined) {
  process.stderr.write('usage: npm run e2e -- --on cluster|redis-cluster [files and options of vitest]\n');
  process.exit(EXIT_CONFIG);
}
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const child = spawn(process.execPath, [vitest, 'run', '--project', 'end-to-end on a cluster', ...rest], {
  stdio: 'inherit',
  env: { ...process.env, MUNOVA_E2E_REDIS: redis },
});
child.once('exit', (code) => process.exit(code ?? 1));
