import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import type { Fields } from '../../src/period/index.ts'
import { openRecorder, type Recorder } from '../../src/recorders/index.ts'
import { SILENT } from '../../src/utils/index.ts'
import { newFolder } from '../support/folder.ts'
import { answering } from '../support/listening.ts'
import { need } from '../support/need.ts'
import { hasSearchNode, SearchNode } from '../support/searchnode.ts'
import { tree } from '../support/tree.ts'
import { until } from '../support/until.ts'
import { recorderContract } from './contract.ts'
import { AT, openQueue, shipmentOf } from './support.ts'

const TYPES = ['elasticsearch', 'opensearch'] as const
/** A document as the original ships it of a Go program: 53 fields. */
const DOCUMENT = JSON.parse(readFileSync('test/fixtures/expvar/expvastic-document.json', 'utf8')) as Fields
const LAST_GC = 1_795_317_169_374_391_000n
const never = () => new AbortController().signal

let node: SearchNode | undefined
let folder: string
let indices = 0

beforeAll(async () => {
  if (!hasSearchNode()) return
  folder = await mkdtemp(join(tmpdir(), 'treering-search-'))
  node = await SearchNode.start(folder)
}, 300_000)

afterAll(async () => {
  await node?.stop()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
}, 60_000)

/** The node, and an index that no other test uses. */
function here(context: Parameters<typeof need>[0]) {
  need(context, node !== undefined, 'Maven, a JDK and flock')
  return { node: node!, index: `tree-${indices++}` }
}

function recorderTo(type: (typeof TYPES)[number], index: string, more: object = {}): Promise<Recorder> {
  return openRecorder('Main', { type, options: { nodes: [node!.url], index, ...more } }, SILENT)
}

for (const kind of TYPES)
  recorderContract({
    kind,
    exact: true,
    async open(context) {
      const { node, index } = here(context)
      const recorder = await recorderTo(kind, index)
      const taken = async () =>
        (await node.documents(index)).flatMap((text) => {
          const at = Date.parse(/"@timestamp":"([^"]+)"/.exec(text)![1]!)
          return [...text.matchAll(/"([^"]+)":(-?[\d.eE-]+)[,}]/g)].map(([, name, value]) => ({
            at,
            name: name!,
            value: value!,
          }))
        })
      return { recorder, taken }
    },
  })

describe.each(TYPES)('a real node by %s', (type) => {
  it('makes numbers double and texts keywords, and takes nothing for a date', async (context) => {
    const { node, index } = here(context)
    const recorder = await recorderTo(type, index)
    const started = '2026-11-22T03:12:48.076610367Z'
    const batch = [
      shipmentOf({ ...DOCUMENT, whole: 12, ratios: [1, 2], started, on: true }),
      shipmentOf({ ...DOCUMENT, whole: 0.1, ratios: [0.1, 666], started: 'never', on: false }),
    ]
    expect(await recorder.record(batch, never())).toEqual({ shipped: 2, refused: new Map() })
    const answer = await node.ask(`/${index}/_mapping`)
    const { mappings } = Object.values(answer)[0]! as {
      mappings: { properties: Record<string, { type: string }> }
    }
    const types = Object.fromEntries(
      [
        '@timestamp',
        'reader',
        'type_name',
        'whole',
        'ratios',
        'started',
        'on',
        'memstats.LastGC',
        'memstats.PauseNs',
      ].map((name) => [name, mappings.properties[name]?.type]),
    )
    expect(types).toEqual({
      '@timestamp': 'date',
      reader: 'keyword',
      type_name: 'keyword',
      whole: 'double',
      ratios: 'double',
      started: 'keyword',
      on: 'boolean',
      'memstats.LastGC': 'double',
      'memstats.PauseNs': 'double',
    })
    await recorder.close?.()
  })

  it('takes a name that is a value and the beginning of others', async (context) => {
    const { index } = here(context)
    const recorder = await recorderTo(type, index)
    const batch = [{ a: 1, 'a.b': 2 }, { 'a.b.c': 3 }, { 'x..y': 1, '.': 2, 'end.': 3, ' ': 4 }].map(
      (fields) => shipmentOf(fields),
    )
    expect(await recorder.record(batch, never())).toEqual({ shipped: 3, refused: new Map() })
    await recorder.close?.()
  })

  it('takes a document with more fields than an index may have', async (context) => {
    const { node, index } = here(context)
    const recorder = await recorderTo(type, index)
    const many = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`f${i}`, i]))
    expect(await recorder.record([shipmentOf(many)], never())).toEqual({ shipped: 1, refused: new Map() })
    expect((await node.documents(index))[0]).toContain('"f1499":1499')
    await recorder.close?.()
  })

  it('refuses a document whose field is of another kind, and takes the others', async (context) => {
    const { node, index } = here(context)
    const recorder = await recorderTo(type, index)
    const batch = [{ load: 1 }, { load: 'high' }, { load: 3 }].map((fields) => shipmentOf(fields))
    const { shipped, refused } = await recorder.record(batch, never())
    expect(shipped).toBe(2)
    expect([...refused.keys()]).toEqual([
      expect.stringMatching(/^of FirstApp: document_parsing_exception: .*\[load\] of type \[double\]/),
    ])
    expect(await node.count(index)).toBe(2)
    await recorder.close?.()
  })

  it('has an index for each day, or a data stream', async (context) => {
    const { node, index } = here(context)
    const daily = await recorderTo(type, `${index}-daily-%Y.%m.%d`)
    const stream = await recorderTo(type, `${index}-stream`, { dataStream: true })
    const batch = [shipmentOf({ n: 1 }), shipmentOf({ n: 2 }, { at: AT + 86_400_000 })]
    for (const recorder of [daily, stream]) {
      expect(await recorder.record(batch, never())).toMatchObject({ shipped: 2 })
      // Delivered once more, as after a lost answer.
      expect(await recorder.record(batch, never())).toMatchObject({ shipped: 2 })
      await recorder.close?.()
    }
    expect(await node.count(`${index}-daily-2026.11.22`)).toBe(1)
    expect(await node.count(`${index}-daily-2026.11.23`)).toBe(1)
    await node.count(`${index}-stream`)
    expect(await node.ask(`/_cat/indices/.ds-${index}-stream-*?format=json`)).toMatchObject([
      { 'docs.count': '2' },
    ])
  })
})

/** Documents of 53 fields; in each the field `n` is another. */
function goShipments(count: number, from: number) {
  return Array.from({ length: count }, (_, i) =>
    shipmentOf(
      { ...DOCUMENT, n: from + i, 'memstats.LastGC': LAST_GC + BigInt(from + i) },
      { at: AT + (from + i) * 500 },
    ),
  )
}

/** What a queue that was offered the numbers below `count` must have brought into the index. */
async function expectAll(node: SearchNode, index: string, count: number) {
  expect(await node.count(index)).toBe(count)
  const documents = await node.documents(index)
  const numbers = documents.map((text) => Number(/"n":(\d+)/.exec(text)![1]))
  expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i))
  expect(documents.at(-1)).toContain(`"memstats.LastGC":${LAST_GC + BigInt(count - 1)}`)
}

describe("the original's example", () => {
  /** A program that publishes how often it was asked, and what it published. */
  async function application() {
    const published: number[] = []
    const { url } = await answering((_, response) => {
      published.push(published.length + 1)
      const memstats = { Alloc: 3_051_112, LastGC: '@', PauseNs: [394_799, 0] }
      const text = JSON.stringify({ asked: published.length, memstats })
      response
        .setHeader('content-type', 'application/json')
        .end(text.replace('"@"', `${LAST_GC + BigInt(published.length)}`))
    })
    return { published, port: new URL(url).port }
  }

  it.for([
    { name: 'basic', typeNames: ['SomeApplication', 'my_app1'] },
    { name: 'routes', typeNames: ['app'] },
  ])(
    '$name ships what its applications published, each document once, to the digit',
    async ({ name, typeNames }, context) => {
      const { node, index } = here(context)
      const [first, second] = [await application(), await application()]
      const text = readFileSync(`examples/expvastic-${name}.yml`, 'utf8')
        .replaceAll('127.0.0.1:9200', new URL(node.url).host)
        .replaceAll('localhost:1234', `localhost:${first.port}`)
        .replaceAll('localhost:1235', `localhost:${second.port}`)
        .replaceAll('index_name: expvastic', `index_name: ${index}`)
      const config = parseConfig(text, 'expvastic.yml', {})
      const running = await tree(config)
      // A node that was just started takes its time for the first documents of an index.
      await until(async () => {
        const told = await (await fetch(`${running.url}/health`)).json()
        return (told as { recorders: { shipped: number }[] }).recorders[0]!.shipped > 8
      })
      await running.close()
      const polled = running.pollers.filter((poller) => config.readers[poller.name]?.type === 'expvar')
      const documents = (await node.documents(index)).map((document) => ({
        ...JSON.parse(document),
        document,
      }))
      expect(documents).toHaveLength(
        polled.reduce((sum, poller) => sum + poller.status().polls - poller.status().failures, 0),
      )
      expect([...new Set(documents.map(({ type_name }) => type_name))].sort()).toEqual(typeNames)
      for (const poller of polled) {
        const own = documents.filter(({ reader }) => reader === poller.name)
        const numbers = own.map(({ asked }) => asked as number)
        expect(numbers).toEqual([...new Set(numbers)].sort((x, y) => x - y))
        expect(numbers.length).toBeGreaterThanOrEqual(2)
        const newest = own.at(-1)!
        expect(newest.asked).toBe((poller.latest as { values: Record<string, number> }).values.asked)
        expect(newest.document).toContain(`"memstats.LastGC":${LAST_GC + BigInt(newest.asked)}`)
      }
    },
  )
})

describe('Elasticsearch', () => {
  it('stopped for a while and started again has everything once, also what came meanwhile', async (context) => {
    const { node, index } = here(context)
    const { queue, offer } = await openQueue(await recorderTo('elasticsearch', index), {
      batchCount: 100,
      timeoutMs: 5000,
      spool: newFolder(),
      backoff: 5,
      retryMostMs: 200,
    })
    offer(...goShipments(500, 0))
    await until(() => queue.status().shipped >= 200)
    await node.stop()
    for (let i = 5; i < 15; i++) {
      offer(...goShipments(100, i * 100))
      await sleep(100)
    }
    await until(() => queue.status().gone)
    expect(queue.status().spooled).toBeGreaterThan(500)
    await node.start()
    offer(...goShipments(100, 1500))
    await until(() => queue.status().shipped === 1600, 'all is shipped', 60_000)
    expect(queue.status()).toMatchObject({ refused: 0, dropped: 0, queued: 0, spooled: 0, gone: false })
    await expectAll(node, index, 1600)
  }, 240_000)

  it('killed in the middle of bulk requests has everything once when it is back', async (context) => {
    const { node, index } = here(context)
    const { queue, offer } = await openQueue(await recorderTo('elasticsearch', index), {
      batchCount: 500,
      queueCount: 20_000,
      timeoutMs: 5000,
      retryMostMs: 200,
    })
    offer(...goShipments(5000, 0))
    await until(() => queue.status().shipped >= 1000)
    node.kill()
    await until(() => queue.status().failures > 0)
    await node.start()
    await until(() => queue.status().shipped === 5000, 'all is shipped', 60_000)
    expect(queue.status()).toMatchObject({ refused: 0, dropped: 0, queued: 0 })
    await expectAll(node, index, 5000)
  }, 240_000)
})
