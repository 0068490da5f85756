/** What the reader of type process flushes, and when. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Flushes, SourceContext } from '../../src/opened.ts'
import { openProcess } from '../../src/ownprocess.ts'
import { createRegistry, type Registry } from '../../src/process/index.ts'
import type { Family } from '../../src/prometheus/index.ts'
import { keptLog } from '../support/log.ts'
import { until } from '../support/until.ts'

/** A reader opened as the program does it, and what it sends. */
async function open(registry: Registry, settings: object, options: object = {}) {
  const sent: (readonly Family[])[] = []
  const flush: Flushes = {
    async send(_, families) {
      sent.push(families)
    },
    recorders: () => [],
    canWrite: () => false,
  }
  const opened = await openProcess(
    'process',
    {
      type: 'process',
      atRestMs: 0,
      task: { settings: { enabled: true, ...settings }, taskNumbers: { type: 'none' } },
      ...options,
    },
    { registry, log: keptLog(), version: '1.2.3', flush } as unknown as SourceContext,
  )
  onTestFinished(() => opened.source.close?.())
  opened.source.collect(Date.now(), undefined, new AbortController().signal)
  const rows = async () => {
    const answer = await (opened.routes as Hono).request('/process/metrics')
    return ((await answer.json()) as { data: { name: string }[] }).data
  }
  return { opened, sent, rows }
}

/** One of each stream. */
const cellsOf = (parts: readonly (readonly Family[])[]) =>
  parts
    .flat()
    .flatMap(({ name, points }) =>
      points.filter(({ suffix = '_count' }) => suffix === '_count').map(() => name),
    )

describe('what a process flushes', () => {
  it.each([
    [{}, {}, { go: false, node: false }],
    [{ report_runtime_stats: true }, {}, { go: false, node: true }],
    [{ report_runtime_stats: true }, { goNames: true }, { go: true, node: true }],
    [{ report_runtime_stats: false }, { goNames: true }, { go: false, node: false }],
  ])('with %j and %j is what /process/metrics shows', async (settings, options, has) => {
    const registry = createRegistry()
    const orders = registry.counter('orders', { fields: { shop: 'int' }, maxStreams: 2 })
    for (let shop = 0; shop < 4; shop++) orders.add(1, { shop })
    registry.distribution('waits').add(1)
    const { opened, sent, rows } = await open(registry, settings, options)
    opened.start!()
    await until(() => sent.length > 0)
    // A collection of garbage may come in between.
    const cells = cellsOf(sent).filter((name) => !name.includes('gc'))
    const shown = (await rows()).filter(({ name }) => !name.includes('gc'))
    expect(shown).toHaveLength(cells.length)
    const names = shown.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'presence/up',
        'component/version',
        'orders',
        'waits',
        'metric/records_overflowed',
      ]),
    )
    expect([names.includes('go/mem/alloc'), cells.includes('go_mem_alloc_bytes')]).toEqual([has.go, has.go])
    expect([names.includes('node/mem/rss'), cells.includes('process_resident_memory_bytes')]).toEqual([
      has.node,
      has.node,
    ])
  })

  it('goes in parts that several workers send', async () => {
    const registry = createRegistry()
    const orders = registry.counter('orders', { fields: { shop: 'int' }, maxStreams: 2000 })
    for (let shop = 0; shop < 1200; shop++) orders.add(1, { shop })
    const { opened, sent } = await open(registry, {})
    opened.start!()
    await until(() => sent.length === 3)
    expect(sent.map((part) => cellsOf([part]).length)).toEqual([500, 500, 202])
  })

  it('begins when the reader starts, and not when it is opened', async () => {
    const registry = createRegistry()
    const { sent, opened } = await open(registry, {})
    await sleep(50)
    expect([sent.length, opened.shipsItself!()]).toEqual([0, false])
  })

  it('is of one task alone: another reader on the same registry is refused until it has stopped', async () => {
    const registry = createRegistry()
    const first = await open(registry, {})
    const second = await open(registry, {})
    first.opened.start!()
    expect(() => second.opened.start!()).toThrow('cannot flush these metrics: another task does')
    await first.opened.source.close!()
    second.opened.start!()
    await until(() => second.sent.length > 0)
  })
})
