import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createProcessSource,
  createRegistry,
  type ProcessSample,
  type ProcessSourceOptions,
} from '../../src/process/index.ts'
import { type Family, familiesText } from '../../src/prometheus/index.ts'

function open(options: ProcessSourceOptions = {}) {
  const source = createProcessSource({ atRestMs: 0, ...options })
  onTestFinished(() => source.close())
  return { ...source, collect: (now: number, last?: ProcessSample) => source.collect(now, last)! }
}

function stall(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** Makes garbage of many objects, until some collection ran. */
async function collectGarbage(collections: () => number): Promise<void> {
  for (let i = 0; i < 500 && collections() === 0; i++) {
    Array.from({ length: 20_000 }, (_, n) => ({ n }))
    await sleep(1)
  }
}

describe('the runtime', () => {
  it('tells of memory, heap spaces, CPU and what keeps it alive', () => {
    const source = open()
    const { memory, heap_spaces, cpu, active_resources } = source.collect(1000, undefined)
    expect(memory!.heap_used).toBeLessThanOrEqual(memory!.heap_total)
    expect(memory!.heap_total).toBeLessThan(memory!.heap_limit)
    expect(memory!.rss).toBeGreaterThan(10e6)
    expect(heap_spaces).toMatchObject({
      new: { used: expect.any(Number) },
      old: { size: expect.any(Number) },
    })
    expect(cpu).toMatchObject({ user_percent: null, system_percent: null, user_seconds: expect.any(Number) })
    expect(Object.values(active_resources!).every((count) => count > 0)).toBe(true)
  })

  it('gives CPU as percent of one CPU between two readings', async () => {
    const source = open()
    const first = source.collect(1000, undefined)
    stall(200)
    const { cpu } = source.collect(2000, first)
    expect(cpu!.user_percent! + cpu!.system_percent!).toBeGreaterThan(0.5)
    expect(cpu!.user_percent! + cpu!.system_percent!).toBeLessThan(1000)
    // After a break in time the sample before is not given, and rates begin anew.
    expect(source.collect(3000, undefined).cpu!.user_percent).toBeNull()
  })

  it('counts garbage collections and their pauses by kind', async () => {
    const source = open()
    let last = source.collect(1000, undefined)
    const first = last
    await collectGarbage(() => {
      last = source.collect(2000, last)
      return last.gc!.kinds.minor.count
    })
    expect(first.gc).toMatchObject({ rate: null, pause_rate_ms: null })
    expect(last.gc!.kinds.minor.pause_ms).toBeGreaterThan(0)
    expect(last.gc!.rate).toBeGreaterThan(0)
    expect(last.gc!.longest_ms).toBeGreaterThan(0)
    const names = source.registry.table().map(({ name, fields }) => `${name} ${fields.kind ?? ''}`)
    expect(names).toEqual(
      expect.arrayContaining(['node/gc/count minor', 'node/gc/pause_total minor', 'node/gc/pauses minor']),
    )
    const text = familiesText(source.families(last), 'prometheus')
    expect(text).toMatch(/nodejs_gc_duration_seconds_count\{kind="minor"\} [1-9]/)
  })

  it('sees the event loop stall once it is busy, and how busy it is', async () => {
    const source = open()
    let last = source.collect(1000, undefined)
    expect(last.event_loop).toMatchObject({ delay_p50_ms: null, delay_p99_ms: null, delay_max_ms: null })
    await sleep(20)
    stall(100)
    last = source.collect(2000, last)
    expect(last.event_loop!.utilization).toBeGreaterThan(0.1)
    await sleep(100)
    stall(150)
    await sleep(100)
    last = source.collect(3000, last)
    expect(last.event_loop!.delay_max_ms).toBeGreaterThan(100)
    expect(last.event_loop!.delay_p50_ms).toBeLessThan(last.event_loop!.delay_max_ms!)
  })

  it('is told to Prometheus under the names that dashboards know', async () => {
    const source = open()
    const first = source.collect(1000, undefined)
    stall(50)
    await sleep(60)
    const families = source.families(source.collect(2000, first))
    const names = families.filter(({ points }) => points.length > 0).map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'process_cpu_user_seconds',
        'process_cpu_system_seconds',
        'process_resident_memory_bytes',
        'process_start_time_seconds',
        'nodejs_active_resources',
        'nodejs_eventloop_utilization_ratio',
        'nodejs_external_memory_bytes',
        'nodejs_heap_size_total_bytes',
        'nodejs_heap_size_used_bytes',
        'nodejs_heap_space_size_used_bytes',
        'nodejs_version',
      ]),
    )
  })

  it('has the names of Go programs on request', async () => {
    const source = open({ goNames: true })
    source.collect(1000, undefined)
    const names = source.registry.table().map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('go/')).sort()).toEqual(
      expect.arrayContaining([
        'go/goroutine/num',
        'go/mem/alloc',
        'go/mem/heap_idle',
        'go/mem/heap_in_use',
        'go/mem/heap_sys',
        'go/mem/next_gc',
      ]),
    )
    expect(names).toContain('node/mem/rss')
    // Prometheus has those of Node; what is flushed has all.
    const told = (families: readonly Family[]) => families.map(({ name }) => name)
    expect(told(source.registry.families())).toContain('go_mem_alloc_bytes')
    expect(told(source.families(source.collect(1000)))).not.toContain('go_mem_alloc_bytes')
    expect([...source.runtimeMetrics]).toEqual(expect.arrayContaining(['go/mem/alloc', 'node/gc/count']))
    expect(open().registry.metrics.some(({ name }) => name.startsWith('go/'))).toBe(false)
  })

  it('goes on from where it was after a reset of what is cumulative', () => {
    const source = open()
    const first = source.collect(1000, undefined)
    const user = () =>
      source.registry.table().find(({ name }) => name === 'node/cpu/user')?.value as number | undefined
    expect(user()).toBe(Math.round(first.cpu!.user_seconds * 1e6))
    source.registry.resetCumulative()
    expect(user()).toBeUndefined()
    stall(50)
    const second = source.collect(2000, first)
    expect(user()).toBe(
      Math.round(second.cpu!.user_seconds * 1e6) - Math.round(first.cpu!.user_seconds * 1e6),
    )
  })

  it('at rest is read for every fifth sample, and at once when that ends', async () => {
    const source = open({ atRestMs: 1000 })
    let last = source.collect(1000, undefined)
    let before: ProcessSample | undefined
    for (let i = 0; i < 40 && last.cpu !== before?.cpu; i++) {
      await sleep(100)
      before = last
      last = source.collect(1000, last) ?? last
    }
    expect(last.cpu).toBe(before!.cpu)
    stall(150)
    await sleep(1)
    const busy = source.collect(1000, last)
    expect(busy.cpu).not.toBe(last.cpu)
  })

  it('can be switched off', () => {
    const source = open({ runtime: false })
    const sample = source.collect(1000, undefined)
    expect(sample).toMatchObject({
      memory: null,
      heap_spaces: null,
      gc: null,
      event_loop: null,
      cpu: null,
      active_resources: null,
    })
    expect(source.registry.metrics.some(({ name }) => name.startsWith('node/'))).toBe(false)
  })

  it('is watched by nobody when it is closed, so that the process can end', async () => {
    const program = `
      import { createProcessSource } from './dist/process/index.js'
      const source = createProcessSource()
      let last = source.collect(Date.now(), undefined)
      for (let i = 0; i < 3; i++) {
        const until = Date.now() + 30
        while (Date.now() < until);
        await new Promise((resolve) => setTimeout(resolve, 30))
        last = source.collect(Date.now(), last)
      }
      const open = process.getActiveResourcesInfo()
      source.close()
      source.close()
      console.log(JSON.stringify(open))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 20_000,
    })
    expect(JSON.parse(stdout)).toBeInstanceOf(Array)
  })
})

describe('two sources of one process', () => {
  it('have metrics of their own', () => {
    const registries = [createRegistry(), createRegistry({ labels: { part: 'b' } })]
    const samples = registries.map((registry) => open({ registry }).collect(1000, undefined))
    expect(samples).toHaveLength(2)
    const text = familiesText(
      registries.flatMap((registry) => registry.families()),
      'prometheus',
    )
    expect(text).toMatch(
      /^process_resident_memory_bytes \d+\nprocess_resident_memory_bytes\{part="b"\} \d+$/m,
    )
  })

  it('may follow each other in one registry', () => {
    const registry = createRegistry()
    const first = createProcessSource({ registry })
    const { cpu } = first.collect(1000, undefined)!
    const user = () => registry.table().find(({ name }) => name === 'node/cpu/user')?.value
    const before = user()
    first.close()
    const second = open({ registry, goNames: true })
    expect(user()).toBe(before)
    expect(second.collect(2000, undefined).cpu!.user_seconds).toBeGreaterThanOrEqual(cpu!.user_seconds)
    expect(registry.table().some(({ name }) => name === 'go/mem/alloc')).toBe(true)
    // What nobody sets any more is not told any more.
    second.close()
    const left = registry.table().map(({ name }) => name)
    expect(left.filter((name) => name.startsWith('go/') || name.startsWith('node/mem'))).toEqual([])
    expect(left).toContain('node/cpu/user')
  })
})
