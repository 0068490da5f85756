/**
 * CPU and memory of the whole program at 1 Hz with full rings and no clients, beside an idle Node and a bare loop that re-reads
 * the same files, all at the same time: the machine alone, or with WHOLE=1 all that is there by default. One treering a run: two would
 * read in the same milliseconds, and each find warm what the other has just used.
 *
 * MINUTES (default 2) are measured after WARM minutes (default 1). A save comes every 5 minutes. V8 compiles by how much of a function has
 * run, and of what runs once a second that is little: the compiler is done with most of it after twenty minutes.
 *
 * Defends: ≤ 0.050 CPU s a minute; resident ≤ idle Node + 30 MiB.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillHistory } from './support/history.ts'
import { cpuSeconds, newFolder, residentMiB, sleep, startNode, startTreering } from './support/program.ts'

const MINUTES = Number(process.env.MINUTES ?? 2)
const WARM_UP_MS = Number(process.env.WARM ?? 1) * 60_000

const dir = newFolder()
await fillHistory(dir)
const idle = join(dir, 'idle.mjs')
writeFileSync(idle, `console.log('listening on http://nowhere'); setInterval(() => {}, 1000)`)
const loop = join(dir, 'loop.mjs')
writeFileSync(
  loop,
  `import { openSync, readSync } from 'node:fs'
   const files = ['stat', 'meminfo', 'loadavg', 'diskstats', 'net/dev', 'self/mounts'].map((name) => openSync('/proc/' + name))
   const bytes = Buffer.alloc(4096)
   setInterval(() => { for (const file of files) bytes.latin1Slice(0, readSync(file, bytes, 0, 4096, 0)) }, 1000)
   console.log('listening on http://nowhere')`,
)
const config = join(dir, 'treering.yaml')
writeFileSync(config, 'settings: { log_level: info }\nreaders: { counters: false, process: false }\n')
const programs = {
  treering: await startTreering(dir, process.env.WHOLE ? [] : ['--config', config]),
  'bare loop': await startNode([loop]),
  'idle Node': await startNode([idle]),
}
await sleep(WARM_UP_MS)
const before = Object.values(programs).map(({ child }) => cpuSeconds(child.pid!))
await sleep(MINUTES * 60_000)
for (const [i, [name, { child }]] of Object.entries(programs).entries()) {
  const cpu = (cpuSeconds(child.pid!) - before[i]!) / MINUTES
  console.log(`${name}: ${cpu.toFixed(4)} CPU s a minute, ${residentMiB(child.pid!).toFixed(1)} MiB resident`)
}
const [ours, , none] = Object.values(programs).map(({ child }) => residentMiB(child.pid!))
console.log(`resident beside idle Node: + ${(ours! - none!).toFixed(1)} MiB (budget ≤ 30)`)
process.exit(0)
