/** What may import what. `scripts/check-boundaries.mjs` runs these rules and proves with a canary that each one bites. */

const restricted =
  '^packages/room-actors/src/(core|sharding|runtime)/|^packages/edge/src/(session|inbound|outbound)/|^packages/bus/src/[^/]+$|^packages/store/src/mongo-core/|^packages/simulator/src/fakes/|^packages/[^/]+/src/message-path[.]ts$';

/**
 * @param {string} name
 * @param {string} comment
 * @param {import('dependency-cruiser').IForbiddenRuleType['from']} from
 * @param {import('dependency-cruiser').IRegularForbiddenRuleType['to']} to
 */
const forbid = (name, comment, from, to) => ({ name, comment, severity: /** @type {const} */ ('error'), from, to });

/**
 * The source of `name` may import, of this repository's packages, only `allowed`. Its tests may run it with the real
 * neighbours, by their entries.
 *
 * @param {string} name
 * @param {string[]} allowed
 */
const onlyImports = (name, allowed) =>
  forbid(
    `${name}-imports-only-${allowed.join('-') || 'itself'}`,
    `${name} knows of our packages only: ${[name, ...allowed].join(', ')}.`,
    { path: `^packages/${name}/src/` },
    { path: '^(packages|loadtest)/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
  );

module.exports = {
  forbidden: [
    onlyImports('contracts', []),
    onlyImports('servers', []),
    forbid(
      'only-tests-start-servers',
      'What is shipped connects to servers and starts none; tests, load tests and the command line may.',
      { path: '^packages/(?!(servers|munova)/)[^/]+/src/' },
      { path: '^packages/servers/' },
    ),
    onlyImports('room-actors', ['contracts']),
    onlyImports('store', ['contracts']),
    onlyImports('edge', ['contracts']),
    onlyImports('bus', ['contracts']),
    forbid(
      'simulator-imports-only-message-paths',
      'The simulator runs the message paths, and the adapters that lie over a fake server: nothing that reaches a real one.',
      { path: '^packages/simulator/src/' },
      {
        path: '^(packages|loadtest)/',
        pathNot:
          '^packages/(simulator|contracts|room-actors|edge)/|^packages/bus/src/[^/]+$|^packages/store/src/mongo-core/index[.]ts$|^packages/simulator/src/fakes/|^loadtest/checker/index[.]ts$',
      },
    ),
    forbid(
      'nobody-imports-the-simulator',
      'What is shipped does not know that it can be simulated.',
      { path: '^(packages/(?!simulator/)[^/]+/src|loadtest)/' },
      { path: '^packages/simulator/' },
    ),
    forbid(
      'core-imports-only-core',
      'The core is a pure function of what it is given: it knows the shared vocabulary and itself.',
      { path: '^packages/room-actors/src/core/' },
      { pathNot: '^packages/(room-actors/src/core|contracts/src)/|^(node:)?crypto$' },
    ),
    forbid(
      'sharding-imports-only-sharding',
      'Sharding is arithmetic: it knows the shared vocabulary and itself.',
      { path: '^packages/room-actors/src/sharding/' },
      { pathNot: '^packages/(room-actors/src/sharding|contracts/src)/|^(node:)?crypto$' },
    ),
    forbid(
      'runtime-imports-only-core-and-sharding',
      'The runtime drives the core along the message path, over ports; who implements them is not its business.',
      { path: '^packages/room-actors/src/runtime/' },
      {
        pathNot:
          '^packages/(room-actors/src/(core|sharding|runtime)|contracts/src)/|^packages/room-actors/src/message-path[.]ts$|^(node:)?crypto$',
      },
    ),
    forbid(
      'no-adapter-in-restricted-folders',
      'Adapters are handed to these folders, never imported by them.',
      { path: restricted },
      { path: '^packages/[^/]+/src/(adapters|transports|rest|sqlite|mongo|ioredis|memory|testing)/' },
    ),
    forbid(
      'no-world-in-restricted-folders',
      'No module of Node that does I/O and no library: the simulator runs these folders unchanged.',
      { path: restricted },
      { pathNot: '^packages/|^(node:)?(crypto|buffer)$' },
    ),
    forbid(
      'checker-imports-nothing-of-ours',
      'The checker judges what clients saw: it shares no code with what it judges.',
      { path: '^loadtest/checker/' },
      { path: '^packages/|^loadtest/(?!checker/)' },
    ),
    forbid(
      'no-deep-imports',
      'A package is entered by its entries.',
      { path: '^(?:packages/([^/]+)|loadtest)/' },
      {
        path: '^packages/',
        pathNot:
          '^packages/$1/|^packages/[^/]+/(src|dist)/((stomp|testing|memory|ioredis|mongo|mongo-core)/)?index[.](d[.])?[tj]s$',
      },
    ),
    forbid(
      'no-test-code-in-source',
      'Production code does not import tests; only the contract suites and what helps tests may use the test runner.',
      { path: '^packages/[^/]+/src/', pathNot: '^packages/(contracts|servers)/src/testing/' },
      {
        path: '^packages/[^/]+/test/|^packages/(contracts|servers)/src/testing/|node_modules/(vitest|fast-check|@vitest)/',
      },
    ),
    forbid('no-cycles', 'Two modules that need each other are one module, or three.', {}, { circular: true }),
    forbid(
      'no-unresolvable',
      'An import that leads nowhere would be judged by no rule.',
      { path: '^packages/' },
      { couldNotResolve: true },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    // Imports of types count: a type is knowledge too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['munova-source', 'import', 'types', 'node', 'default'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
