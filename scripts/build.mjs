/**
 * Builds dist/:
 *  - dist/cli.js and dist/cli-*.js: the program with all it imports, so that it starts fast and stays small;
 *  - dist/<folder>/index.js: the front doors for embedding programs, dependencies left outside;
 *  - dist/web: the page, by vite, unless it was built of the same sources before;
 *  - with --types: dist/types.
 *
 * A file is replaced only when it changed, and by a rename: a program that runs from dist/ meanwhile never misses one.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'

const OUT = 'dist'
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
/** `dist/<folder>/index.js` of each is made of `src/<folder>/index.ts`. */
const DOORS = Object.values(exports)
  .filter((door) => typeof door === 'object')
  .map((door) => relative(OUT, door.default).replace(/\.js$/, ''))
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  splitting: true,
  outdir: OUT,
  logLevel: 'warning',
  write: false,
}

const program = await build({
  ...common,
  // Asked for by pg where somebody has installed it, which nobody has; and megabytes that only some configurations use, loaded when they do.
  external: ['pg-native', '@elastic/elasticsearch', '@opensearch-project/opensearch'],
  entryPoints: ['src/cli.ts'],
  chunkNames: 'cli-[name]-[hash]',
  minify: true,
  legalComments: 'none',
  // Bundled CommonJS packages ask for Node's own modules by require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
})
const doors = await build({
  ...common,
  entryPoints: DOORS.map((door) => `src/${door}.ts`),
  outbase: 'src',
  chunkNames: 'chunk-[hash]',
  packages: 'external',
})

const files = [...program.outputFiles, ...doors.outputFiles]
for (const { path, contents } of files) {
  if (existsSync(path) && readFileSync(path).equals(contents)) continue
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}`, contents, { mode: path.endsWith('/cli.js') ? 0o755 : 0o644 })
  renameSync(`${path}.${process.pid}`, path)
}
const built = new Set(files.map(({ path }) => relative(OUT, path)))
for (const name of readdirSync(OUT, { recursive: true })) {
  if (name.endsWith('.js') && !name.startsWith('web') && !built.has(name)) rmSync(join(OUT, name))
}
await buildPage()

/** Vite takes a second, and is not even loaded when it would make what is there. */
async function buildPage() {
  const hash = createHash('sha256').update(readFileSync('package-lock.json'))
  hash.update(readFileSync(import.meta.filename))
  for (const name of readdirSync('web', { recursive: true }).sort()) {
    const path = join('web', name)
    if (statSync(path).isFile()) hash.update(name).update('\0').update(readFileSync(path))
  }
  const sources = hash.digest('hex')
  const note = join(OUT, 'web', '.sources')
  if (existsSync(note) && readFileSync(note, 'utf8') === sources) return
  // The tests build it, too: it is the same page then.
  process.env.NODE_ENV = 'production'
  const { build: buildWeb } = await import('vite')
  await buildWeb({ configFile: 'web/vite.config.ts', logLevel: 'warn' })
  writeFileSync(note, sources)
}

if (process.argv.includes('--types')) {
  const flags = [
    '--noEmit',
    'false',
    '--emitDeclarationOnly',
    '--declaration',
    '--rootDir',
    'src',
    '--outDir',
    `${OUT}/types`,
  ]
  execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json', ...flags], { stdio: 'inherit' })
}
