/**
 * Builds dist/:
 *  - dist/cli.js and dist/cli-*.js: the program with all it imports, so that it starts fast and stays small;
 *  - dist/<folder>/index.js: the front doors for embedding programs, dependencies left outside;
 *  - with --types: dist/types.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const DOORS = ['index', 'period/index', 'systeminfo/index', 'prometheus/index', 'utils/index']
const common = { bundle: true, platform: 'node', target: 'node20.19', format: 'esm', splitting: true, outdir: 'dist', logLevel: 'warning' }

rmSync('dist', { recursive: true, force: true })
await build({
  ...common,
  entryPoints: ['src/cli.ts'],
  chunkNames: 'cli-[name]-[hash]',
  minify: true,
  legalComments: 'none',
  // Bundled CommonJS packages ask for Node's own modules by require.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
})
await build({
  ...common,
  entryPoints: DOORS.filter((door) => existsSync(`src/${door}.ts`)).map((door) => `src/${door}.ts`),
  outbase: 'src',
  chunkNames: 'chunk-[hash]',
  packages: 'external',
})
if (process.argv.includes('--types')) {
  const flags = ['-p', 'tsconfig.json', '--noEmit', 'false', '--emitDeclarationOnly', '--declaration', '--rootDir', 'src', '--outDir', 'dist/types']
  execFileSync('node_modules/.bin/tsc', [...flags, ...DOORS.map((door) => `src/${door}.ts`)].filter((f) => !f.endsWith('.ts')), { stdio: 'inherit' })
}
