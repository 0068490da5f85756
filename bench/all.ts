/** Runs every measurement, one after the other: `npm run bench`, or `npm run bench -- http stream`. */
import { spawnSync } from 'node:child_process'

const ALL = [
  'start',
  'http',
  'stream',
  'systeminfo',
  'counters',
  'uptime',
  'expvar',
  'recorders',
  'shipping',
  'footprint',
  'process',
  'web',
]
const wanted = process.argv.slice(2)
for (const name of wanted.length > 0 ? wanted : ALL) {
  if (!ALL.includes(name)) throw new Error(`unknown measurement ${name}: there are ${ALL.join(', ')}`)
  console.log(`== ${name}`)
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', `bench/${name}.ts`], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
