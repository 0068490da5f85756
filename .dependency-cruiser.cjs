/** Imports look only down, across folders only through `index.ts`, and each foreign package has one home. */
const SOURCES = ['systeminfo', 'uptime', 'counters', 'expvar', 'process', 'self']
const LAYERS = [
  'utils',
  'prometheus',
  'period',
  'sources',
  'recorders',
  'http',
  'config',
  'server',
  'main',
  'cli',
]
const folder = (name) => `^src/${name === 'sources' ? `(${SOURCES.join('|')})` : name}(/|\\.ts$)`
/** Files of the top that stand beside a layer: they are part of it. */
const TOP = {
  server: 'server|own|opened|ownprocess|shipping|queues|flush|readers|sources',
  main: 'main|settings|version|index',
  cli: 'cli|logger|commands/.*',
}
const layer = (name) => (TOP[name] ? `^src/(${TOP[name]})\\.ts$` : folder(name))

const upward = LAYERS.map((name, i) => ({
  name: `${name}-looks-down`,
  severity: 'error',
  from: { path: layer(name) },
  to: {
    path:
      LAYERS.slice(i + 1)
        .map(layer)
        .join('|') || '^$',
  },
}))
const HOMES = {
  yaml: '^src/config/',
  zod: '^src/config/',
  systeminformation: '^src/systeminfo/',
  koffi: '^src/counters/mapping\\.ts$',
  pbf: '^src/recorders/protobuf\\.ts$',
  snappyjs: '^src/recorders/remotewrite/',
  // One home for those who come to us, one for those we go to.
  ws: '^src/(http/upgrade|uptime/probe/ws)\\.ts$',
  '@hono/node-server': '^src/(main|commands/counters)\\.ts$',
  pino: '^src/logger\\.ts$',
  'pino-pretty': '^src/logger\\.ts$',
  commander: '^src/cli\\.ts$',
  ioredis: '^src/process/task/connections/redis\\.ts$',
  pg: '^src/process/task/connections/postgres\\.ts$',
  '@elastic/elasticsearch': '^src/recorders/search/elasticsearch\\.ts$',
  '@opensearch-project/opensearch': '^src/recorders/search/opensearch\\.ts$',
}

module.exports = {
  forbidden: [
    ...upward,
    ...SOURCES.map((name) => ({
      name: `${name}-knows-no-other-source`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: `^src/(${SOURCES.filter((other) => other !== name).join('|')})/` },
    })),
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    ...['utils', 'prometheus', 'period', 'recorders', 'config', ...SOURCES].map((name) => ({
      name: `${name}-by-its-front-door`,
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/${name}/` },
      // A part that others can use without the rest has a door of its own.
      to: { path: `^src/${name}/`, pathNot: `^src/${name}/((task|target)/)?index\\.ts$` },
    })),
    ...Object.entries(HOMES).map(([name, home]) => ({
      name: `${name.replace(/\W/g, '-')}-has-one-home`,
      severity: 'error',
      from: { path: '^src/', pathNot: home },
      to: { path: `(^|/)node_modules/${name}/` },
    })),
    {
      name: 'no-dev-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
