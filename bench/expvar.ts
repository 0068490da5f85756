/**
 * Reading `/debug/vars`: `npx tsx bench/expvar.ts`. SECONDS (default 20) are measured after ten of warming up.
 *
 * Defends: a Go program's document of 4 kB flat, integers exact, in ≤ 60 µs, beside `JSON.parse` alone; 100 readers at 500 ms of
 * such a document each at ≤ 0.25 core for the whole program, beside a bare loop of as many `fetch` and `JSON.parse`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { byteMap } from '../src/expvar/bytes.ts'
import { parseExact } from '../src/expvar/exact.ts'
import { Flattener } from '../src/expvar/flatten.ts'
import { cpuSeconds, newFolder, residentMiB, sleep, startNode, startTreering } from './support/program.ts'

const SECONDS = Number(process.env.SECONDS ?? 20)
const WARM_UP_MS = 10_000
const READERS = 100
const INTERVAL_MS = 500
const ROUNDS = 60
const FIXTURE = 'test/fixtures/expvar/go-debug-vars.json'

/** Best microseconds of each of these calls, taken in turns: a machine that is shared slows all of them alike. */
function best(calls: readonly (() => unknown)[], times: number): number[] {
  const least = calls.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [place, call] of calls.entries()) {
      const begun = process.hrtime.bigint()
      for (let i = 0; i < times; i++) call()
      least[place] = Math.min(least[place]!, Number(process.hrtime.bigint() - begun) / times / 1000)
    }
  }
  return least
}

const text = readFileSync(FIXTURE, 'utf8')
const flattener = new Flattener(byteMap(), 1000)
const newest = flattener.flatten(parseExact(text))
const [parsed, exact, flat, shipped] = best(
  [
    () => JSON.parse(text),
    () => parseExact(text),
    () => flattener.flatten(parseExact(text)),
    () => flattener.fields(newest),
  ],
  500,
) as [number, number, number, number]
console.log(`a document of ${text.length} characters: JSON.parse alone ${parsed.toFixed(1)} µs`)
console.log(`  parsed, integers exact: ${exact.toFixed(1)} µs, ${(exact / parsed).toFixed(2)} ×`)
console.log(`  parsed and flat: ${flat.toFixed(1)} µs, ${(flat / parsed).toFixed(2)} × (budget ≤ 60 µs)`)
console.log(`  made ready for recorders: + ${shipped.toFixed(1)} µs`)

const dir = newFolder()
const server = join(dir, 'server.mjs')
writeFileSync(
  server,
  `import { createServer } from 'node:http'
   const text = ${JSON.stringify(text)}
   let jobs = 0
   const server = createServer((_, response) => response.end(text.replace('"jobs": 109', '"jobs": ' + jobs++)))
   server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port))`,
)
const { url } = await startNode([server])
const loop = join(dir, 'loop.mjs')
writeFileSync(
  loop,
  `for (let i = 0; i < ${READERS}; i++) {
     setTimeout(() => setInterval(async () => JSON.parse(await (await fetch('${url}/debug/vars')).text()), ${INTERVAL_MS}), i * 5)
   }
   console.log('listening on http://nowhere')`,
)
const config = join(dir, 'treering.yaml')
const readers = Array.from(
  { length: READERS },
  (_, i) => `  app${i}: { type: expvar, endpoint: "${url}", interval: ${INTERVAL_MS}ms, timeout: 3s }\n`,
)
writeFileSync(config, `readers:\n  system_info: false\n  counters: false\n${readers.join('')}`)
const programs = {
  treering: await startTreering(dir, ['--config', config]),
  'bare loop': await startNode([loop]),
}
await sleep(WARM_UP_MS)
const before = Object.values(programs).map(({ child }) => cpuSeconds(child.pid!))
await sleep(SECONDS * 1000)
console.log(`${READERS} readers at ${INTERVAL_MS} ms:`)
for (const [i, [name, { child }]] of Object.entries(programs).entries()) {
  const cores = (cpuSeconds(child.pid!) - before[i]!) / SECONDS
  const each = (cores * 1e6) / ((READERS * 1000) / INTERVAL_MS)
  console.log(
    `  ${name}: ${cores.toFixed(3)} core, ${each.toFixed(0)} µs a read, ${residentMiB(child.pid!).toFixed(0)} MiB`,
  )
}
console.log('  (budget ≤ 0.25 core)')
const health = (await (await fetch(`${programs.treering.url}/health`)).json()) as {
  pollers: { polls: number; failures: number; late: number }[]
}
const sum = (of: 'polls' | 'failures' | 'late') => health.pollers.reduce((all, poller) => all + poller[of], 0)
console.log(`  treering: ${sum('polls')} reads, ${sum('failures')} failed, ${sum('late')} late`)
process.exit(0)
