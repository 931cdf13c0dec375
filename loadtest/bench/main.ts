/** `npm run bench`: one process; `npm run bench -- cluster`: a cluster. */
import { benchCluster } from './cluster/main.js';
import { benchStandalone } from './standalone.js';

const [what, ...args] = process.argv.slice(2);
if (what === undefined) await benchStandalone();
else if (what === 'cluster') process.exitCode = await benchCluster(args);
else {
  process.stderr.write('npm run bench\nnpm run bench -- cluster [--help]\n');
  process.exitCode = 64;
}
