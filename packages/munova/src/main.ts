/** The command line. Each command loads what it needs when it is called: one that prints a token starts no server. */
import { Command, CommanderError } from 'commander';
import type { ClusterCommandOptions } from './commands/actors.js';
import type { ChatCommandOptions } from './commands/chat.js';
import type { EdgeCommandOptions } from './commands/edge.js';
import type { MigrateCommandOptions } from './commands/migrate.js';
import type { SeedCommandOptions } from './commands/seed.js';
import type { StartCommandOptions } from './commands/start.js';
import type { StatusCommandOptions } from './commands/status.js';
import type { TokenCommandOptions } from './commands/token.js';
import { ConfigError, EXIT_CONFIG, FIELDS } from './config.js';
import type { OperatorOptions } from './cluster/operator.js';
import { VERSION } from './version.js';

const option = (name: keyof typeof FIELDS, placeholder: string): [string, string] => {
  const { flag, doc, env, fallback } = FIELDS[name];
  return [`--${String(flag)} <${placeholder}>`, `${doc} (${env}, default ${fallback})`];
};

const dataDir = option('dataDir', 'folder');

/** The variables that have no option, for `start --help`. */
const variables = (): string =>
  Object.values(FIELDS)
    .filter(({ flag }) => flag === null)
    .map(({ env, doc, fallback }) => `  ${env.padEnd(24)} ${doc}${fallback === '' ? '' : ` (default ${fallback})`}`)
    .join('\n');

const identity = (command: Command): Command =>
  command
    .option('--sub <id>', 'user id: 1 to 128 of A-Z a-z 0-9 . _ : @ -')
    .option('--name <name>', 'name that others see (default: the user id)')
    .option('--role <role>', 'buyer, seller or admin', 'buyer')
    .option('--shop <id>', 'the seller for whom this user is an agent');

const program = new Command('munova')
  .description("Munova Chat: a shoe store's chat. Rooms are durable and ordered; clients speak STOMP.")
  .version(VERSION)
  .showHelpAfterError('(add --help for what is possible)')
  .exitOverride();

program
  .command('start')
  .description('start everything in one process, with the history in a folder')
  .option(...option('httpPort', 'port'))
  .option(...option('tcpPort', 'port'))
  .option(...option('host', 'address'))
  .option(...dataDir)
  .option('--demo', 'load the sample shop into an empty store and turn the demo sign-in on')
  .addHelpText(
    'after',
    () =>
      `\nVariables:\n${variables()}\n\nPrints one line "munova ready {…}" when it serves. Ctrl-C drains and ends it.`,
  )
  .action(async (options: StartCommandOptions) => {
    const { start } = await import('./commands/start.js');
    process.exitCode = await start(options);
  });

const ofCluster = (command: Command): Command =>
  command
    .option(...option('redisUrl', 'url'))
    .option(...option('mongoUrl', 'url'))
    .option(...option('nodeId', 'name'))
    .option(...option('httpPort', 'port'))
    .option(...option('host', 'address'))
    .option(...dataDir)
    .addHelpText(
      'after',
      () =>
        `\nVariables:\n${variables()}\n\nPrints one line "munova ready {…}" when it serves. Ctrl-C drains and ends it.`,
    );

ofCluster(program.command('edge'))
  .description('run an edge of a cluster: what clients connect to')
  .option(...option('tcpPort', 'port'))
  .action(async (options: EdgeCommandOptions) => {
    const { edge } = await import('./commands/edge.js');
    process.exitCode = await edge(options);
  });

ofCluster(program.command('actors'))
  .description('run an actor node of a cluster: the rooms of its share of the shards')
  .action(async (options: ClusterCommandOptions) => {
    const { actors } = await import('./commands/actors.js');
    process.exitCode = await actors(options);
  });

program
  .command('migrate')
  .description("make the indexes and the cluster record of a cluster's MongoDB; again, it changes nothing")
  .option(...option('mongoUrl', 'url'))
  .option('--new-generation', 'forget what Redis and clients know: after restoring a backup, or for other shards')
  .option('--shards <n>', 'with --new-generation: how many shards from now on (default: as many as there are)')
  .addHelpText(
    'after',
    '\nA new generation is begun while no process of the deployment runs; a live one is named and refused.',
  )
  .action(async (options: MigrateCommandOptions) => {
    const { migrate } = await import('./commands/migrate.js');
    await migrate(options);
  });

program
  .command('status')
  .description('show the nodes of a cluster, and of its shards the owners, epochs and lag')
  .option(...option('redisUrl', 'url'))
  .option(...option('mongoUrl', 'url'))
  .option('--once', 'print it once; on a terminal it refreshes until Ctrl-C otherwise')
  .option('--json', 'print it once, as one line of JSON')
  .action(async (options: StatusCommandOptions) => {
    const { status } = await import('./commands/status.js');
    await status(options);
  });

program
  .command('drain')
  .description("hand a node's work over: an actor node's shards, an edge's connections; the node stays up, unready")
  .argument('<node>', 'name or id, as `munova status` shows it')
  .option(...option('redisUrl', 'url'))
  .option(...option('mongoUrl', 'url'))
  .action(async (node: string, options: OperatorOptions) => {
    const { drain } = await import('./commands/drain.js');
    await drain(node, options);
  });

identity(program.command('token'))
  .description('print a token (a JWT) for a user, and nothing else')
  .option('--ttl <time>', 'how long it is valid: a number with s, m, h or d', '1h')
  .option(...dataDir)
  .addHelpText('after', '\nExample:\n  munova token --sub u1 --name 민지 --role buyer --ttl 1h')
  .action(async (options: TokenCommandOptions) => {
    const { token } = await import('./commands/token.js');
    token(options);
  });

program
  .command('seed')
  .description('load the sample shop into a running server, through its own interface')
  .option('--url <url>', 'address of the server (default: the one on this data folder)')
  .option(...dataDir)
  .action(async (options: SeedCommandOptions) => {
    const { seed } = await import('./commands/seed.js');
    await seed(options);
  });

identity(program.command('chat'))
  .description('join a room from this terminal: its history, what is said live, and what you type')
  .argument('[room]', 'room id; or give --product or --group')
  .option('--product <id>', 'ask the seller of this product instead')
  .option('--group <name>', 'join the open group of this name instead')
  .option('--token <jwt>', 'sign in with this token instead of making one with the secret of the data folder')
  .option('--url <url>', 'address of the server (default: the one on this data folder)')
  .option(...dataDir)
  .option('--history <n>', 'how many of the newest entries to show first, 1 to 200', '20')
  .option('--raw', 'print the STOMP frames as well')
  .addHelpText(
    'after',
    '\nType a line to send it, /quit or Ctrl-D to leave.\nA line comes back with its time once it is in the room for good.\n\nExample:\n  munova chat --sub minji --name 민지 --product shoe-301',
  )
  .action(async (room: string | undefined, options: ChatCommandOptions) => {
    const { chat } = await import('./commands/chat.js');
    process.exitCode = await chat(room, options);
  });

/** @returns the exit code */
const report = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`munova: ${text}\n`);
  return error instanceof ConfigError ? EXIT_CONFIG : 1;
};

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
