import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { selfReader } from '../../src/config/readers/self.ts'
import { ownFamilies } from '../../src/http/families.ts'
import type { Treering } from '../../src/index.ts'
import { createSelfSource } from '../../src/self/index.ts'
import { needProgram } from '../support/need.ts'
import { tree } from '../support/tree.ts'
import { until } from '../support/until.ts'

/** A running treering that polls itself and the machine. */
async function selfTree(): Promise<Treering> {
  let running: Treering | undefined
  const source = createSelfSource({
    intervalMs: 100,
    pollers: () => running?.pollers.map((poller) => poller.status()) ?? [],
  })
  running = await tree({ readers: { system_info: { type: 'system_info' } } }, { sources: [source] })
  const own = running.pollers.find(({ source: { name } }) => name === 'self')!
  await until(() => own.status().polls > 3)
  return running
}

describe('treering that polls itself', () => {
  it('answers with its newest sample and with its history', async () => {
    const { url } = await selfTree()
    const sample = (await (await fetch(`${url}/metrics/self`)).json()) as {
      pollers: Record<string, { polls: number }>
    }
    expect(sample.pollers.system_info!.polls).toBeGreaterThanOrEqual(1)
    expect(sample.pollers.self!.polls).toBeGreaterThanOrEqual(2)
    const answer = await fetch(`${url}/metrics/self?period=5m&aggregate=polls&keyword=self`)
    const { total, data } = (await answer.json()) as { total: number; data: Record<string, number>[] }
    expect(total).toBeGreaterThanOrEqual(1)
    expect(data.at(-1)!.self).toBeGreaterThan(0.5)
    expect(data.at(-1)!.self).toBeLessThan(40)
  })

  it('tells Prometheus of each series once', async (context) => {
    const { url } = await selfTree()
    const answer = await fetch(`${url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
    const text = await answer.text()
    const series = text.split('\n').flatMap((line) => /^([^#\s].*) \S+$/.exec(line)?.[1] ?? [])
    expect(new Set(series).size).toBe(series.length)
    expect(series).toEqual(
      expect.arrayContaining([
        'treering_resident_memory_bytes',
        'treering_cpu_seconds_total{mode="user"}',
        'treering_polls_total{source="self"}',
      ]),
    )
    needProgram(context, 'promtool')
    expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).toBe('')
  })

  it('names its families like nothing that is told of it anyway', async () => {
    const source = createSelfSource()
    const sample = await source.collect(0, undefined, new AbortController().signal)
    const names = ownFamilies('1', []).map(({ name }) => name)
    for (const { name } of source.families(sample)) expect(names).not.toContain(name)
  })
})

describe('a reader of type self', () => {
  it('is configured in our words or the original’s', () => {
    const read = (value: object) => z.parse(selfReader, { type: 'self', ...value })
    expect(read({})).toEqual({ type: 'self' })
    expect(read({ type_name: 'expipe', interval: '500ms', timeout: 'abc', endpoint: 'no way' })).toEqual({
      type: 'self',
      typeName: 'expipe',
      intervalMs: 500,
    })
    expect(() => read({ interval: '1ms' })).toThrow(/allowed are 100 ms to 24h/)
    expect(() => read({ colour: 'red' })).toThrow(/unknown key colour; allowed are type, interval, type_name/)
  })
})
