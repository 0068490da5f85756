/**
 * What the original promises of recorders and of what runs between readers and them, case by case: what it gave is what we
 * give, or the table says why not. Its documents are in test/expvar/cases.test.ts, its files in test/config/expvastic.test.ts.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { DocumentWriter } from '../../src/recorders/document.ts'
import { openRecorder, parseIndexName, type RecorderSettings } from '../../src/recorders/index.ts'
import { QUEUE_DEFAULTS } from '../../src/recorders/queue/options.ts'
import { SILENT } from '../../src/utils/index.ts'
import { depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { freePort } from '../support/freeport.ts'
import { keptLog } from '../support/log.ts'
import { run, serve } from '../support/serve.ts'
import { tree } from '../support/tree.ts'
import { until } from '../support/until.ts'
import { answer, bulkServer } from './bulkserver.ts'
import { all, file, shipping, to } from './shipped.ts'
import { receiver } from './stores.ts'
import { shipmentOf } from './support.ts'

interface Row {
  readonly given: string
  readonly expect: string
}
interface Cases {
  timestamp: { time: string; expect: string }[]
  indexName: { input: string; ok: boolean; error?: string }[]
  logLevel: { input: string; level: string }[]
  recorderContract: Row[]
  engine: Row[]
}
const cases: Cases = JSON.parse(readFileSync('test/fixtures/expvar/expvastic-cases.json', 'utf8'))

/** Why ours is deliberately another answer. */
type Different = Readonly<Record<string, string>>
/** What holds of ours, equal or different. */
type Holding = Readonly<Record<string, () => unknown>>

/** A row that is gone from the cases would go unnoticed otherwise. */
function isOf(rows: readonly string[], ...tables: object[]): void {
  for (const table of tables) expect(rows).toEqual(expect.arrayContaining(Object.keys(table)))
}

describe("a time of the original's", () => {
  const DIFFERENT: Different = {
    '2009-11-10T23:00:00Z': 'always three digits of a second, and Z for UTC',
    '2009-11-10T23:00:00.5+01:00':
      'always UTC: documents of machines in other zones are in one order as texts, too',
  }

  it.each(cases.timestamp)('$time is the same moment, written otherwise', ({ time, expect: theirs }) => {
    const begun = new DocumentWriter().begin(shipmentOf({}, { at: Date.parse(time) }))
    const ours = JSON.parse(`${begun}}`)['@timestamp']
    expect(Date.parse(ours)).toBe(Date.parse(theirs))
    expect(DIFFERENT[time]).toBeDefined()
    expect(ours).toBe(new Date(theirs).toISOString())
  })

  it('differs in nothing else', () =>
    isOf(
      cases.timestamp.map(({ time }) => time),
      DIFFERENT,
    ))
})

describe("the name of an index of the original's", () => {
  const DIFFERENT: Different = {
    EXPIPE: 'the server refuses capitals at every document',
    '-x': 'the server refuses - at the beginning at every document',
    'a#b': 'the server refuses # at every document',
    '.': 'the server refuses . at every document',
  }

  it.each(cases.indexName)('$input is taken: $ok, or deliberately not', ({ input, ok }) => {
    if (ok && DIFFERENT[input] === undefined) expect(parseIndexName(input)).toBe(input)
    else expect(() => parseIndexName(input)).toThrow(`invalid index name ${JSON.stringify(input)}: `)
  })

  it('differs in nothing else', () =>
    isOf(
      cases.indexName.map(({ input }) => input),
      DIFFERENT,
    ))
})

describe("a level of the log of the original's", () => {
  const WORDS: Readonly<Record<string, string>> = { warning: 'warn' }
  const DIFFERENT: Different = {
    '': 'a slip is no level: it is refused, where the original says nothing but errors from then on',
    warning: 'as the empty one: allowed are debug, info, warn, error',
  }

  it.each(cases.logLevel)('$input is $level, or deliberately not', ({ input, level }) => {
    const parse = () => parseConfig(`settings: { log_level: "${input}" }`, 'f.yml', {}).logLevel
    if (DIFFERENT[input] === undefined) expect(parse()).toBe(WORDS[level] ?? level)
    else expect(parse).toThrow('f.yml:1: settings.log_level: allowed are debug, info, warn, error')
  })

  it('differs in nothing else', () =>
    isOf(
      cases.logLevel.map(({ input }) => input),
      DIFFERENT,
    ))
})

/** What is said of a recorder in a file. */
const refusal = (settings: string, name = 'e') => {
  const given = `type: elasticsearch, ${settings}`
  try {
    parseConfig(`recorders:\n  "${name}": { ${given} }\n`, 'f.yml', {})
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
const ADDRESS = 'endpoint: "h:1"'
const never = () => new AbortController().signal
const recorderTo = (node: string) =>
  openRecorder('e', { type: 'elasticsearch', options: { nodes: [node], index: 'x' } }, SILENT)

describe('what the original promises of a recorder', () => {
  const DIFFERENT: Different = {
    'index name not given': 'what is shipped where is written down: a missing key is told',
    'timeout not given': '10 s: a bulk request holds many documents',
    'record before ping': 'there is no ping to forget',
    'ping: index check answers 500': 'nobody asks for the index: its first document makes it',
    'ping: index missing, creation answers 500': 'the same: it is not made by hand',
    'payload that cannot be generated': 'what JSON cannot say is null, and the rest is shipped',
  }
  const HOLDING: Holding = {
    'name missing or empty': () =>
      expect(refusal(`${ADDRESS}, index_name: x`, '')).toContain('a name is 1 to 64'),
    'index name not given': () => expect(refusal(ADDRESS)).toContain('recorders.e.index_name: is missing'),
    'index name empty': () => expect(refusal(`${ADDRESS}, index_name: ""`)).toContain('it is empty'),
    'index name with one of space " * \\ < | , > / ?': () => {
      for (const sign of ' "*\\<|,>/?')
        expect(() => parseIndexName(`before${sign}after`)).toThrow(/^invalid index name .*: it may not hold/)
    },
    'endpoint missing or empty': () => {
      expect(refusal('index_name: x')).toContain('recorders.e.endpoint: is missing')
      expect(refusal('index_name: x, endpoint: ""')).toContain('recorders.e.endpoint: expected an address')
    },
    "endpoint 'this is invalid'": () =>
      expect(refusal('index_name: x, endpoint: this is invalid')).toContain(
        'invalid endpoint "this is invalid"',
      ),
    'timeout not given': () => {
      expect(refusal(`${ADDRESS}, index_name: x`)).toBeUndefined()
      expect(QUEUE_DEFAULTS.timeoutMs).toBe(10_000)
    },
    'timeout under 1s': () =>
      expect(refusal(`${ADDRESS}, index_name: x, timeout: 999ms`)).toContain(
        'timeout: allowed are 1000 ms to 24h',
      ),
    'timeout text not a duration': () =>
      expect(refusal(`${ADDRESS}, index_name: x, timeout: soon`)).toContain(
        'timeout: invalid duration "soon"',
      ),
    'record before ping': async () => {
      const recorder = await recorderTo((await bulkServer()).url)
      expect(await recorder.record([shipmentOf({ n: 1 })], never())).toMatchObject({ shipped: 1 })
    },
    'record, server gone': async () => {
      const recorder = await recorderTo(`http://127.0.0.1:${await freePort()}`)
      await expect(recorder.record([shipmentOf({ n: 1 })], never())).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('ECONNREFUSED'),
      })
    },
    'ping: index check answers 500': asksNoIndex,
    'ping: index missing, creation answers 500': asksNoIndex,
    'payload that cannot be generated': async () => {
      const server = await bulkServer()
      const recorder = await recorderTo(server.url)
      const fields = { none: Number.NaN, n: 1 }
      expect(await recorder.record([shipmentOf(fields)], never())).toMatchObject({ shipped: 1 })
      expect(JSON.parse([...server.stored.values()][0]!.text)).toMatchObject({ none: null, n: 1 })
    },
  }

  async function asksNoIndex(): Promise<void> {
    const server = await bulkServer()
    server.act = ({ path }, response) => path === '/x' && answer(response, 500, {})
    const recorder = await recorderTo(server.url)
    expect(await recorder.record([shipmentOf({ n: 1 })], never())).toMatchObject({ shipped: 1 })
    expect(server.asked.map(({ path }) => path)).not.toContain('/x')
  }

  it.each(cases.recorderContract)('$given: $expect, or deliberately not', async ({ given }) => {
    expect(HOLDING[given]).toBeDefined()
    await HOLDING[given]!()
  })

  it('differs in nothing else', () =>
    isOf(
      cases.recorderContract.map(({ given }) => given),
      DIFFERENT,
      HOLDING,
    ))
})

/** What treering ships of a process whose variables answer so, one after the other, and what it says. */
async function shippedOf(...answers: Parameters<typeof receiver>) {
  const { url, received } = await receiver(...answers)
  const path = join(newFolder(), 'out.ndjson')
  const log = keptLog()
  const running = await tree(
    {
      readers: { app: { type: 'expvar', endpoint: url, intervalMs: 100 } },
      recorders: { out: file(path) },
      routes: { r: { readers: ['app'], recorders: ['out'] } },
    },
    { log },
  )
  await until(() => received.length > answers.length + 2)
  await running.close()
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const said = log.said
    .filter(({ level }) => level === 'warn' || level === 'error')
    .map(({ fields, message }) => [message, fields])
  return { documents: lines.map((line) => JSON.parse(line)), said: JSON.stringify(said) }
}

describe('what the original promises of what runs between readers and recorders', () => {
  const DIFFERENT: Different = {
    'no configuration': 'all is default: this machine is polled',
    'reader answers the ping with an error':
      'there is no ping: a reader is read until it answers, and from then on',
    'all recorders fail their ping': 'documents wait for them',
    'one of two recorders fails its ping': 'the other one ships, and documents wait for this one',
    'a nil recorder beside a good one': 'an empty one is a slip, and told',
    'no logger / no context / no reader / no recorder':
      'without a log nothing is said; ends of a route are wanted',
    'reader with an interval of 100 ms': 'the first read is at once',
    'record fails': 'a warning when it begins, and the document is tried again',
    'context cancelled': 'what waits is delivered first, for 0.7 s at most',
    'SIGINT or SIGTERM': 'exit code 0, or 1 when a history was not saved or something hung',
  }
  const routed = (route: string) => () =>
    parseConfig(`recorders: { e: { type: file, path: x } }\nroutes: { r: ${route} }`, 'f.yml', {})

  const away: (server: Awaited<ReturnType<typeof bulkServer>>) => void = (server) => {
    server.act = (_, response) => answer(response, 503, {})
  }
  /** What ships to servers, of which some are away at first, and come. */
  async function shipsTo(count: number, ...gone: number[]) {
    const servers = await Promise.all(Array.from({ length: count }, () => bulkServer()))
    for (const i of gone) away(servers[i]!)
    const { apply, connected, log } = shipping()
    const a = connected()
    const recorders: Record<string, RecorderSettings> = Object.fromEntries(
      servers.map((server, i) => [`e${i}`, to(server)]),
    )
    await apply({ recorders, routes: all(...Object.keys(recorders)) })
    await a.poll()
    await until(() =>
      servers.every((server, i) => (gone.includes(i) ? server.asked.length > 2 : server.stored.size === 1)),
    )
    expect(gone.map((i) => servers[i]!.stored.size)).toEqual(gone.map(() => 0))
    for (const server of servers) server.act = () => false
    await until(() => servers.every(({ stored }) => stored.size === 1))
    return { ids: new Set(servers.flatMap(({ stored }) => [...stored.keys()])), log }
  }

  const HOLDING: Holding = {
    'no configuration': () =>
      expect(Object.keys(parseConfig('', 'f.yml', {}).readers)).toEqual([
        'system_info',
        'counters',
        'process',
      ]),
    'a route whose reader is unknown or empty': () => {
      expect(routed('{ readers: [nobody], recorders: [e] }')).toThrow('unknown reader "nobody"')
      expect(routed('{ readers: [], recorders: [e] }')).toThrow('readers is empty')
    },
    'a route whose recorders are all unknown': () =>
      expect(routed('{ readers: [process], recorders: [x, y] }')).toThrow('unknown recorder "x"'),
    'reader answers the ping with an error': async () => {
      const { documents } = await shippedOf({ status: 500, body: 'no' }, { status: 200, body: '{"n":1}' })
      expect(documents[0]).toMatchObject({ n: 1 })
    },
    'all recorders fail their ping': () => shipsTo(2, 0, 1),
    'one of two recorders fails its ping': () => shipsTo(2, 1),
    'a nil recorder beside a good one': () =>
      expect(() => parseConfig('recorders: { a: , e: { type: file, path: x } }', 'f.yml', {})).toThrow(
        'recorders.a: expected a map of type and its keys',
      ),
    'no logger / no context / no reader / no recorder': () => {
      expect(routed('{ recorders: [e] }')).toThrow('readers is missing')
      expect(routed('{ readers: [process] }')).toThrow('recorders is missing')
    },
    'reader with an interval of 100 ms': async () => {
      const began = Date.now()
      const { documents } = await shippedOf({ status: 200, body: '{"n":1}' })
      const times = documents.map((document) => Date.parse(document['@timestamp']) - began)
      expect(times.length).toBeGreaterThanOrEqual(3)
      expect(times[2]).toBeLessThan(6000)
    },
    'one reader, four recorders': async () => expect((await shipsTo(4)).ids.size).toBe(1),
    'read fails, or gives nothing': async () => {
      const { documents, said } = await shippedOf(
        { status: 500, body: '' },
        { status: 200, body: '' },
        { status: 200, body: '{"n":1}' },
      )
      expect(documents[0]).toMatchObject({ n: 1 })
      expect(said).toContain('500')
    },
    'payload is not JSON': async () => {
      const { documents, said } = await shippedOf(
        { status: 200, body: '{"n":0' },
        { status: 200, body: '{"n":1}' },
      )
      expect(documents[0]).toMatchObject({ n: 1 })
      expect(said).toContain('the answer is no JSON')
    },
    'record fails': async () => {
      const { log } = await shipsTo(1, 0)
      expect(log.said[0]).toMatchObject({ level: 'warn', message: 'cannot ship to e0: trying again' })
    },
    'context cancelled': async () => {
      const server = await bulkServer()
      away(server)
      const source = depthSource(() => 1, 'a')
      const running = await tree({ recorders: { e: to(server) }, routes: all('e') }, { sources: [source] })
      const began = performance.now()
      await running.close()
      expect(performance.now() - began).toBeLessThan(4000)
    },
    'SIGINT or SIGTERM': async () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        const running = await serve(['--data', newFolder()])
        running.process.kill(signal)
        expect((await running.ended).code).toBe(0)
      }
      // A fault before anything runs is another code.
      expect((await run(['serve', '--config', '/none.yml'])).code).toBe(2)
    },
  }

  it.each(cases.engine)('$given: $expect, or deliberately not', async ({ given }) => {
    expect(HOLDING[given]).toBeDefined()
    await HOLDING[given]!()
  })

  it('differs in nothing else', () =>
    isOf(
      cases.engine.map(({ given }) => given),
      DIFFERENT,
      HOLDING,
    ))
})
