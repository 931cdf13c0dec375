/**
 * What the deterministic folders may not touch. They take Clock, Timers, Random and Spawn by ports, so that a
 * simulator runs them unchanged, with its own time and its own luck.
 */

export const restrictedFolders = [
  'packages/room-actors/src/{core,sharding,runtime}/**/*.ts',
  'packages/edge/src/{session,inbound,outbound}/**/*.ts',
  'packages/bus/src/*.ts',
  'packages/simulator/src/fakes/**/*.ts',
  'packages/store/src/mongo-core/**/*.ts',
  'packages/*/src/message-path.ts',
];

const byPort = {
  clock: 'Take the time from the Clock port.',
  timers: 'Take timers from the Timers port.',
  random: 'Take randomness from the Random port.',
  spawn: 'Start work through the Spawn port.',
  world: 'This folder does no I/O: take it by a port.',
};

/** Names of the global object, each with the sentence that says what to use. */
const forbiddenGlobals = {
  Date: byPort.clock,
  performance: byPort.clock,
  setTimeout: byPort.timers,
  setInterval: byPort.timers,
  setImmediate: byPort.timers,
  clearTimeout: byPort.timers,
  clearInterval: byPort.timers,
  clearImmediate: byPort.timers,
  scheduler: byPort.timers,
  queueMicrotask: byPort.spawn,
  crypto: byPort.random,
  process: byPort.world,
  console: byPort.world,
  fetch: byPort.world,
  WebSocket: byPort.world,
  EventSource: byPort.world,
  Worker: byPort.world,
  require: byPort.world,
};

/** Options of `no-restricted-globals`; `globalThis.Date` counts as `Date`. */
export const restrictedGlobals = {
  globals: Object.entries(forbiddenGlobals).map(([name, message]) => ({ name, message })),
  checkGlobalObject: true,
};

export const restrictedProperties = [
  { object: 'Math', property: 'random', message: byPort.random },
  { object: 'AbortSignal', property: 'timeout', message: byPort.timers },
];

/** Options of `no-restricted-properties` for every package source outside the configuration. */
export const noProcessEnv = [
  { object: 'process', property: 'env', message: 'Only the configuration reads the environment (config*.ts).' },
];

/** Options of `no-restricted-imports`: nothing that reaches the world, but hashing, which is a pure function. */
export const restrictedImports = {
  paths: [
    {
      name: 'node:crypto',
      allowImportNames: ['createHash', 'createHmac', 'timingSafeEqual'],
      message: 'Hashing only. ' + byPort.random,
    },
    { name: 'node:buffer', allowImportNames: ['Buffer'], message: byPort.world },
  ],
  patterns: [
    { regex: '^node:(?!(crypto|buffer)$)', message: byPort.world },
    {
      regex:
        '^(assert|async_hooks|child_process|cluster|crypto|dgram|dns|events|fs|http2?|https|net|os|perf_hooks|process|stream|timers|tls|url|util|worker_threads|zlib)(/|$)',
      message: byPort.world,
    },
    {
      regex:
        '^(ws|ioredis|mongoose|mongodb|bullmq|fastify|pino|prom-client|rxjs|reflect-metadata|fast-jwt|jose)(/|$)|^@(nestjs|fastify)/',
      message: byPort.world,
    },
    {
      regex: '(^|/)(adapters|transports|rest|sqlite|mongo|ioredis)(/|$)',
      message: 'Adapters are handed in, never imported.',
    },
  ],
};

/** Options of `no-restricted-syntax`: an import that the rules above cannot see. */
export const restrictedSyntax = [
  { selector: 'ImportExpression', message: 'Imports are static here, so that what a folder reaches can be checked.' },
  {
    selector: 'TSImportEqualsDeclaration',
    message: 'Imports are static here, so that what a folder reaches can be checked.',
  },
];
