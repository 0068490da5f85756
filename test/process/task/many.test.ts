/** No two live instances ever hold one number: 50 processes that come, go, hang and are killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newFolder } from '../../support/folder.ts'
import { places, SHARED_PLACES } from './places.ts'

const INSTANCE = fileURLToPath(new URL('instance.mjs', import.meta.url))
const PROCESSES = 50
const AT_A_TIME = 20
const LEASE_MS = 1000
const BEAT_MS = 200

interface Line {
  id: string
  holds?: number
  from?: number
  until?: number
  drops?: number
  lost?: number
  trouble?: string
}

interface Interval {
  id: string
  number: number
  from: number
  until: number
}

const monotonic = () => Number(process.hrtime.bigint() / 1000n) / 1000

/** What each instance believed it held and when; a belief ends with the process that has it. */
function intervalsOf(lines: readonly Line[], killed: ReadonlyMap<string, number>): Interval[] {
  const ends = new Map(killed)
  for (const { id, drops } of lines) if (drops !== undefined) ends.set(id, drops)
  return lines
    .filter(({ holds }) => holds !== undefined)
    .map(({ id, holds, from, until }) => ({
      id,
      number: holds!,
      from: from!,
      until: Math.min(until!, ends.get(id) ?? Number.POSITIVE_INFINITY),
    }))
    .filter(({ from, until }) => from < until)
}

/** Pairs of different instances that held one number at one time. */
function overlaps(intervals: readonly Interval[]): string[] {
  return intervals.flatMap((a, i) =>
    intervals
      .slice(i + 1)
      .filter((b) => b.number === a.number && b.id !== a.id && a.from < b.until && b.from < a.until)
      .map((b) => `number ${a.number}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`),
  )
}

const placeOf = places()

/** The instance with all that it imports in a few small files: 50 starts cost half as much so. */
async function bundled(): Promise<string> {
  const outdir = newFolder()
  const require =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
  await build({
    entryPoints: [INSTANCE],
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    external: ['pg-native'],
    banner: { js: require },
  })
  return join(outdir, 'instance.mjs')
}

test('the search for overlaps finds one', () => {
  const line = (id: string, from: number, until: number) => ({ id, holds: 3, from, until })
  const lines = [line('a', 0, 10), line('b', 9, 20)]
  expect(overlaps(intervalsOf(lines, new Map()))).toHaveLength(1)
  expect(overlaps(intervalsOf(lines, new Map([['a', 8]])))).toEqual([])
  expect(overlaps(intervalsOf([...lines, { id: 'a', drops: 9 }], new Map()))).toEqual([])
})

describe.each(SHARED_PLACES)('50 processes with task numbers in %s', (name) => {
  test('that come, go, hang and are killed never hold one number twice', {
    timeout: 90_000,
  }, async (context) => {
    const place = await placeOf(name, context)
    const instance = await bundled()
    const log = join(newFolder(), 'held.log')
    const running = new Set<ChildProcess>()
    /** Those that hold a number, by their ids. */
    const holding = new Map<string, ChildProcess>()
    const killed = new Map<string, number>()
    const hung = new Set<string>()
    let count = 0
    onTestFinished(() => {
      for (const child of running) child.kill('SIGKILL')
    })

    function begin(): void {
      const id = `p${count++}`
      const beats = 3 + Math.floor(Math.random() * 7)
      const task = { place: place.options, id, leaseMs: LEASE_MS, beatMs: BEAT_MS, beats, log }
      const child = spawn(process.execPath, [instance, JSON.stringify(task)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      running.add(child)
      child.stdout.once('data', () => holding.set(id, child))
      child.once('exit', () => {
        running.delete(child)
        holding.delete(id)
      })
    }
    const one = () => [...holding][Math.floor(Math.random() * holding.size)]

    for (let i = 0; i < AT_A_TIME; i++) begin()
    while (count < PROCESSES) {
      if (running.size < AT_A_TIME) begin()
      const victim = one()
      if (victim !== undefined && killed.size * 3 < count) {
        killed.set(victim[0], monotonic())
        victim[1].kill('SIGKILL')
        holding.delete(victim[0])
      }
      const [id, child] = one() ?? []
      if (id !== undefined && hung.size * 6 < count) {
        hung.add(id)
        child!.kill('SIGSTOP')
        // Longer than a lease: it comes back to a number that another has.
        setTimeout(() => child!.kill('SIGCONT'), LEASE_MS * 1.5)
      }
      await sleep(50)
    }
    while (running.size > 0) await once([...running][0]!, 'exit')

    const lines = readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
    const intervals = intervalsOf(lines, killed)
    expect(overlaps(intervals)).toEqual([])
    expect(lines.filter(({ trouble }) => trouble !== undefined)).toEqual([])
    expect(new Set(lines.filter(({ holds }) => holds !== undefined).map(({ id }) => id)).size).toBe(PROCESSES)
    expect(killed.size).toBeGreaterThan(PROCESSES / 5)
    // Numbers are given anew: there are never as many as there were processes.
    expect(Math.max(...intervals.map(({ number }) => number))).toBeLessThan(PROCESSES - 10)
  })
})
