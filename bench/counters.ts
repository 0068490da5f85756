/**
 * Counters: the budgets of one increment, one walk and one counter added and closed, beside Go doing the same on the same
 * file in the same run where Go is installed. Run: `npx tsx bench/counters.ts`.
 *
 * Each figure is the best of several rounds: on a shared machine the least is what the code costs, the rest is the others.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCounters, createCountersSource, openCounters } from '../src/counters/index.ts'
import { exactJson } from '../src/utils/index.ts'
import { buildGo, removePrograms } from '../test/interop/programs.ts'

const ROUNDS = 12
const COUNTERS = 1000

/** Best nanoseconds of one of `times` calls in a round. */
function best(times: number, round: (times: number) => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < ROUNDS; i++) {
    const begun = process.hrtime.bigint()
    round(times)
    least = Math.min(least, Number(process.hrtime.bigint() - begun) / times)
  }
  return least
}

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'treering-bench-'))
try {
  using writer = createCounters(join(folder, 'bench.dat'), {
    statics: { of: 'bench' },
    capacity: COUNTERS + 1,
  })
  const counters = Array.from({ length: COUNTERS }, (_, i) =>
    writer.addCounter(`requests.of.kind.${i}`, BigInt(i) * 1000n),
  )
  const counter = counters[0]!
  let sum = 0n

  const increment = best(2e6, (n) => {
    for (let i = 0; i < n; i++) counter.increment()
  })
  const weak = best(1e7, (n) => {
    for (let i = 0; i < n; i++) counter.incrementWeak()
  })
  const get = best(2e6, (n) => {
    for (let i = 0; i < n; i++) sum = counter.get()
  })
  const getWeak = best(2e6, (n) => {
    for (let i = 0; i < n; i++) sum = counter.getWeak()
  })
  const addClose = best(1e5, (n) => {
    for (let i = 0; i < n; i++) writer.addCounter('requests.of.a.kind').close()
  })

  const walks = (mapped: boolean) => {
    using reader = openCounters(writer.path, { mapped })
    const walk = best(2000, (n) => {
      for (let i = 0; i < n; i++) {
        reader.forEach((_id, _label, value) => {
          sum = value
        })
      }
    })
    const changed = best(500, (n) => {
      for (let i = 0; i < n; i++) {
        for (const each of counters) each.incrementWeak()
        reader.forEach((_id, _label, value) => {
          sum = value
        })
      }
    })
    const writes = best(500, (n) => {
      for (let i = 0; i < n; i++) for (const each of counters) each.incrementWeak()
    })
    const objects = best(1000, (n) => {
      for (let i = 0; i < n; i++) reader.counters()
    })
    let first = Number.POSITIVE_INFINITY
    for (let i = 0; i < 50; i++) {
      using fresh = openCounters(writer.path, { mapped })
      const begun = process.hrtime.bigint()
      fresh.counters()
      first = Math.min(first, Number(process.hrtime.bigint() - begun))
    }
    return { walk, changed: changed - writes, objects, first, mapped: reader.isMapped }
  }
  const mapped = walks(true)
  const read = walks(false)

  const source = createCountersSource({ directory: folder })
  const signal = new AbortController().signal
  let last = source.collect(Date.now(), undefined, signal)!
  let entry = source.reduce(undefined, last)
  let collect = Number.POSITIVE_INFINITY
  for (let i = 0; i < 300; i++) {
    const begun = process.hrtime.bigint()
    last = source.collect(Date.now(), last, signal)!
    for (let ring = 0; ring < 5; ring++) entry = source.reduce(entry, last)
    collect = Math.min(collect, Number(process.hrtime.bigint() - begun))
  }
  const json = best(50, (n) => {
    for (let i = 0; i < n; i++) exactJson(last)
  })
  source.close()

  const go = goFigures(writer.path)
  console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${cpus()[0]?.model}`)
  const row = (what: string, ns: number, budget?: number, peer?: number) => ({
    what,
    ns: Number(ns.toFixed(1)),
    budget: budget ?? '',
    within: budget === undefined ? '' : ns <= budget ? 'yes' : 'NO',
    Go: peer === undefined ? '' : Number(peer.toFixed(1)),
    ratio: peer === undefined ? '' : Number((ns / peer).toFixed(2)),
  })
  console.table([
    row('increment()', increment, 15, go?.add),
    row('incrementWeak()', weak, 2),
    row('get()', get, 15, go?.load),
    row('getWeak()', getWeak),
    row('addCounter() + close()', addClose, 2000),
    row(`walk of ${COUNTERS}, labels unchanged`, mapped.walk, 15_000, go?.walk),
    row('the same, all values changed', mapped.changed, undefined, go?.walk),
    row('the same as objects: counters()', mapped.objects),
    row('first walk: counters()', mapped.first, 300_000),
    row('walk without mapping', read.walk),
    row('first walk without mapping', read.first),
    row('poll: collect + fold into 5 rings', collect),
    row('latest sample as JSON', json),
  ])
  console.log(`mapped: ${mapped.mapped}; last value ${sum}`)
} finally {
  removePrograms()
  rmSync(folder, { recursive: true })
}

function goFigures(path: string): { add: number; load: number; walk: number } | undefined {
  const program = buildGo()
  if (program === undefined) return undefined
  const all = Array.from({ length: 5 }, () => {
    const text = execFileSync(program[0], ['bench', path, 'requests.of.kind.0', '10000000'], {
      encoding: 'utf8',
    })
    return text.split(' ').map(Number)
  })
  const least = (column: number) => Math.min(...all.map((figures) => figures[column]!))
  return { add: least(0), load: least(1), walk: least(2) }
}
