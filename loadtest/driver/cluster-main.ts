/**
 * `npm run cluster`: a whole local cluster until Ctrl-C. Prints the ready line of each process and one of the whole.
 *
 * A process that ends by itself is told of and not started again: whoever tries out what happens then wants to see
 * it, and to start it anew by hand. The cluster ends when nothing of it runs, or on a signal.
 */
import { parseArgs } from 'node:util';
import { Cluster, startClusterServers, type ClusterMember, type ClusterServers } from './cluster.js';

/** npm forwards a signal that the terminal has sent to the whole group already; that is no second one. */
const SAME_SIGNAL_MS = 1_000;
const EXIT_CONFIG = 78;

const say = (line: string): void => void process.stderr.write(`munova: ${line}\n`);
const printReady = (ready: object): void => void process.stdout.write(`munova ready ${JSON.stringify(ready)}\n`);

const help = `npm run cluster -- [options]: edges and actor nodes over Redis and MongoDB, on free ports
  --edges N          how many edges (2)
  --actors N         how many actor nodes (2)
  --redis-cluster    over a Redis Cluster of six processes instead of one Redis
  --demo             with the sample shop and the demo sign-in`;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      edges: { type: 'string', default: '2' },
      actors: { type: 'string', default: '2' },
      'redis-cluster': { type: 'boolean', default: false },
      demo: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  for (const name of ['edges', 'actors'] as const) {
    if (!/^[1-9]\d?$/.test(values[name]))
      throw new RangeError(`--${name} was given "${values[name]}"; allowed is 1 to 99`);
  }
  return { ...values, edges: Number(values.edges), actors: Number(values.actors) };
};

type Options = ReturnType<typeof readOptions>;

/** Resolves with the first SIGTERM or SIGINT; another one later ends this process, and with it everything, at once. */
const stopSignal = (): Promise<string> =>
  new Promise((resolve) => {
    let first: number | null = null;
    const onSignal = (signal: string): void => {
      if (first === null) {
        first = performance.now();
        resolve(signal);
      } else if (performance.now() - first > SAME_SIGNAL_MS) process.exit(1);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });

const begin = async (servers: ClusterServers, { edges, actors, demo }: Options): Promise<Cluster> => {
  const { redis, mongo } = servers;
  const env = demo ? { MUNOVA_DEMO: '1' } : undefined;
  const cluster = await Cluster.start(
    { redis, mongo, edges, actors, inheritStderr: true, ...(env && { env }) },
    printReady,
  );
  const nodes = cluster.members.map(({ ready }) => ready);
  if (demo) say((await cluster.munova('seed', '--url', cluster.edges[0]?.ready.http ?? '')).trim());
  printReady({ role: 'cluster', nodes, redis, mongo: cluster.env['MUNOVA_MONGO_URL'], env: cluster.env });
  return cluster;
};

/** Resolves when none of them runs any more. */
const allEnded = async (members: readonly ClusterMember[], isStopping: () => boolean): Promise<void> => {
  await Promise.all(
    members.map(async (member) => {
      const { code, signal } = await member.whenExited();
      if (!isStopping()) say(`${member.name} has ended (${String(code ?? signal)}); the rest goes on`);
    }),
  );
};

/** @returns the exit code */
const main = async (): Promise<number> => {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  let stopping = false;
  const stopped = stopSignal().then(() => {
    stopping = true;
    return 0;
  });
  const servers = startClusterServers({ redisCluster: options['redis-cluster'] });
  const cluster = servers.then((started) => begin(started, options));
  const over = cluster.then(async ({ members }) => {
    await allEnded(members, () => stopping);
    return 1;
  });
  try {
    return await Promise.race([stopped, over]);
  } finally {
    const [started] = await Promise.allSettled([cluster]);
    if (started.status === 'fulfilled') await started.value.stop();
    await servers.then(
      (each) => each.stop(),
      () => undefined,
    );
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof RangeError || error instanceof TypeError ? EXIT_CONFIG : 1;
}
