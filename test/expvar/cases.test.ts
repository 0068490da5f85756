/**
 * The original's cases, case by case: what it gave is what we give, or it is written here why not. Its numbers have six
 * decimals: ours are the same when they agree in those.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseByteMap } from '../../src/config/readers/bytemap.ts'
import { readersOf } from '../../src/config/readers/index.ts'
import { byteMap } from '../../src/expvar/bytes.ts'
import { parseExact } from '../../src/expvar/exact.ts'
import { Flattener } from '../../src/expvar/flatten.ts'
import { parseEndpoint } from '../../src/expvar/index.ts'
import { exactJson } from '../../src/utils/index.ts'
import { answering } from '../support/listening.ts'
import { source } from './support.ts'

interface Cases {
  sanitise: {
    name: string
    input: string
    mapping?: string
    prefix?: string
    expect: { fields?: { key: string; text: string }[]; error?: string }
  }[]
  format: { name: string; items: [kind: string, key: string, value: unknown][]; expect: string }[]
  url: { input: string; ok: boolean; output?: string }[]
  isJSON: [text: string, is: boolean][]
  readerContract: { given: string; expect: string }[]
  config: { name: string; yaml: string; expect: { error?: string; readers?: Record<string, object> } }[]
}
const cases: Cases = JSON.parse(readFileSync('test/fixtures/expvar/expvastic-cases.json', 'utf8'))

/** The document as one JSON text, or why there is none. */
async function shipped(
  input: string,
  mapping: string | undefined,
): Promise<Record<string, unknown> | string> {
  const { url } = await answering((_, response) => void response.end(input))
  const map = mapping === undefined ? {} : parseByteMap(mapping, 'map.yml')
  const reader = source(url, map)
  try {
    const [document] = reader.documents(await reader.read())
    // Exact integers as texts: JSON.parse would round them.
    return document === undefined ? 'no field is left' : { ...document }
  } catch (error) {
    return (error as Error).message.replace(/^cannot read \S+: /, '')
  }
}

/** What differs, and what it is instead. Each has its reason. */
const DIFFERENT: Record<string, { why: string; is: Record<string, unknown> | string }> = {
  'GC list: negative': {
    why: 'there is no negative pause; taken for an unsigned number it would be 584 years',
    is: { PauseNs: [5] },
  },
  'large and small': {
    why: 'whole numbers keep their digits, and small ones are not cut to zero',
    is: { a: 1e21, b: 1e-300, c: 9007199254740993n, d: 18446744073709551615n, e: 1.7976931348623157e308 },
  },
  'map b': { why: 'b divides by 1, not by 2^20', is: { byte_value: 12 } },
  'map gb: dropped': { why: 'gb is a unit', is: { Alloc: 1, c: 1 } },
  'unit in capitals: dropped': { why: 'units have no case, as the names', is: { Alloc: 1, c: 1 } },
  'map without memory_bytes: no memory names at all': {
    why: 'a map adds to the defaults; a unit of b takes a default away',
    is: { Alloc: 1 },
  },
}

describe("a document of the original's", () => {
  it.each(cases.sanitise.map((each) => [each.name, each] as const))(
    '%s',
    async (name, { input, mapping, prefix, expect: expected }) => {
      const given = prefix === undefined ? input : `{${JSON.stringify(prefix.replace(/\.$/, ''))}:${input}}`
      const document = await shipped(given, mapping)
      const different = DIFFERENT[name]
      if (different !== undefined) {
        expect(document).toEqual(different.is)
        return
      }
      if (expected.error !== undefined) {
        expect(typeof document).toBe('string')
        return
      }
      const fields = document as Record<string, unknown>
      expect(Object.keys(fields).sort()).toEqual(expected.fields!.map(({ key }) => key).sort())
      for (const { key, text } of expected.fields!) {
        const value = text.slice(key.length + 3)
        if (value.startsWith('['))
          expect(rounded(fields[key])).toBe(
            value.replaceAll(/(\.\d*?)0+(?=[,\]])/g, '$1').replaceAll(/\.(?=[,\]])/g, ''),
          )
        else if (value.startsWith('"')) expect(fields[key]).toBe(JSON.parse(value))
        else expect(Math.abs((fields[key] as number) - Number(value))).toBeLessThan(0.000001)
      }
    },
  )

  it('differs in nothing else than what is written here', () => {
    const names = cases.sanitise.map(({ name }) => name)
    for (const name of Object.keys(DIFFERENT)) expect(names).toContain(name)
  })

  it('whose key or text holds a quote is escaped by its writer, where the original writes broken JSON', async () => {
    const document = await shipped('{"a\\"b":1,"t":"x\\ny"}', undefined)
    expect(JSON.parse(exactJson(document))).toEqual({ 'a"b': 1, t: 'x\ny' })
  })

  it('has each name once, where the original writes a dotted key twice', async () => {
    expect(await shipped('{"a":{"b":1},"a.b":2}', undefined)).toEqual({ 'a.b': 2 })
  })
})

const rounded = (list: unknown) =>
  exactJson((list as (number | bigint)[]).map((n) => (typeof n === 'bigint' ? n : Number(n.toFixed(6)))))

describe("a kind of the original's", () => {
  it.each(cases.format.map((each) => [each.name, each] as const))(
    '%s is written as it is told',
    (_, { items, expect: expected }) => {
      const units: Record<string, 'b' | 'kb' | 'mb'> = { Byte: 'b', KiloByte: 'kb', MegaByte: 'mb' }
      const of = (kind: string) => items.filter(([each]) => each === kind).map(([, key]) => key)
      const memoryBytes = Object.fromEntries(
        Object.entries(units).flatMap(([kind, unit]) => of(kind).map((key) => [key, unit])),
      )
      const flattener = new Flattener(byteMap({ memoryBytes, gcTypes: of('GCList') }), 100)
      const told = exactJson(Object.fromEntries(items.map(([, key, value]) => [key, value])))
      const fields = flattener.fields(flattener.flatten(parseExact(told)))
      const theirs = JSON.parse(expected.replace('{T,', '{').replace('{T', '{'))
      expect(Object.keys(fields)).toHaveLength(Object.keys(theirs).length)
      for (const [key, value] of Object.entries(theirs)) {
        if (typeof value === 'number') expect(fields[key]).toBeCloseTo(value, 6)
        else expect(fields[key]).toEqual(value)
      }
    },
  )
})

describe("an endpoint of the original's", () => {
  /** Differs: schemes have no case. */
  const ALLOWED = ['HTTP://localhost']
  it.each(cases.url.map(({ input, ok, output }) => [input, ok || ALLOWED.includes(input), output] as const))(
    '%j is %s',
    (input, ok, output) => {
      if (!ok) expect(() => parseEndpoint(input)).toThrow(/^invalid endpoint /)
      else {
        const theirs = new URL(output ?? input)
        const ours = parseEndpoint(input)
        expect([ours.host, ours.username, ours.password, ours.search]).toEqual([
          theirs.host,
          theirs.username,
          theirs.password,
          theirs.search,
        ])
        // Differs: without a path it is Go's, and a fragment is not for servers.
        expect(ours.pathname).toBe(theirs.pathname === '/' ? '/debug/vars' : theirs.pathname)
      }
    },
  )
})

describe("a text of the original's", () => {
  it.each(cases.isJSON)('%j is JSON: %s', (text, is) => {
    if (is) expect(() => parseExact(text)).not.toThrow()
    else expect(() => parseExact(text)).toThrow(SyntaxError)
  })
})

describe("a reader in a configuration of the original's", () => {
  /** What the original refuses and we take, or the other way round, and why. */
  const DIFFERENT_READERS: Record<string, { why: string; issue: RegExp | undefined }> = {
    'reader: no timeout': { why: 'a time limit has a default, 5 s as in its code', issue: undefined },
    'reader: interval negative': { why: 'time does not run back', issue: /allowed are 100 ms to 24h/ },
    'reader: unknown key ignored': {
      why: 'a misspelt key is told',
      issue: /^unknown key other; allowed are type, endpoint/,
    },
  }
  const given = cases.config.flatMap(({ name, yaml, expect: expected }) => {
    let file: { readers?: Record<string, { type?: string }> } | null = null
    try {
      file = parse(yaml)
    } catch {
      return []
    }
    // The type self is another source.
    const readers = Object.fromEntries(
      Object.entries(file?.readers ?? {}).filter(([, reader]) => reader?.type !== 'self'),
    )
    // Faults of recorders, routes and settings are told elsewhere.
    const about = expected.error === undefined || /^(?:reader keys|readerKeys)/.test(expected.error)
    return Object.keys(readers).length > 0 && about ? [[name, readers, expected] as const] : []
  })

  it.each(given)('%s', (name, readers, expected) => {
    const { readers: ours, issues } = readersOf(
      {
        ...readers,
        system_info: false,
        counters: false,
        process: false,
      },
      '/etc',
    )
    const different = DIFFERENT_READERS[name]
    if (different !== undefined) {
      expect(issues.map(({ message }) => message)).toEqual(
        different.issue === undefined ? [] : [expect.stringMatching(different.issue)],
      )
      return
    }
    if (expected.error !== undefined) {
      expect(issues.length).toBeGreaterThan(0)
      return
    }
    expect(issues).toEqual([])
    for (const [lowered, theirs] of Object.entries(expected.readers ?? {})) {
      if ((theirs as { kind: string }).kind === 'self.Reader') continue
      const { endpoint, timeout, typeName } = theirs as Record<string, string>
      // Names keep their case.
      const reader = Object.entries(ours).find(([each]) => each.toLowerCase() === lowered)![1] as {
        endpoint: string
        timeoutMs: number
        typeName: string
      }
      expect(new URL(endpoint!).host).toBe(parseEndpoint(reader.endpoint).host)
      expect([`${reader.timeoutMs / 1000}s`, reader.typeName]).toEqual([timeout, typeName])
    }
  })

  it('may hold the keys of earlier versions', () => {
    const { readers } = readersOf(
      {
        a: { type: 'expvar', endpoint: 'localhost:1', routepath: '/x', backoff: 3, log_level: 'INFO' },
      },
      '/etc',
    )
    expect(readers.a).toEqual({
      type: 'expvar',
      endpoint: 'localhost:1',
      routepath: '/x',
      backoff: 3,
      logLevel: 'info',
    })
  })
})

describe('what the original promises of a reader', () => {
  const open = (options: object) => () => source('localhost:1', options)
  const [, , , , badEndpoint] = cases.readerContract

  it(`${badEndpoint!.given}: is refused`, () => {
    expect(() => source('this is invalid')).toThrow('invalid endpoint "this is invalid"')
    expect(() => source('')).toThrow(/invalid endpoint ""/)
  })

  it('type name not given: the name; interval 1s; timeout 5s', () => {
    expect(open({ name: 'x' })()).toMatchObject({ typeName: 'x', intervalMs: 1000, timeoutMs: 5000 })
  })

  it('read, server gone: says which address and why; needs no ping before', async () => {
    await expect(source('127.0.0.1:1').read()).rejects.toThrow(
      'cannot read http://127.0.0.1:1/debug/vars: connection refused',
    )
  })

  it('read, body {"bb":1: is refused; body {"bb":1}: is a sample', async () => {
    expect(await shipped('{"bb":1', undefined)).toMatch(/^the answer is no JSON: /)
    expect(await shipped('{"bb":1}', undefined)).toEqual({ bb: 1 })
  })

  it('has all its rows here, or where it is told why not', () => {
    const here = [
      'type name not given',
      "endpoint 'this is invalid'",
      'endpoint missing or empty',
      'interval not given',
      'timeout not given',
      'read, server gone',
      'read, body {"bb":1',
      'read, body {"bb":1}',
    ]
    const elsewhere: Record<string, string> = {
      'name missing or empty': 'the poller refuses such a name: test/period/poller.test.ts',
      'type name empty': 'the configuration refuses an empty text: test/expvar/config.test.ts',
      'interval 0': 'the configuration and the poller refuse less than 100 ms: test/expvar/config.test.ts',
      'timeout under 1s': 'deliberately different: less is allowed, since reads may be 100 ms apart',
      'log nil': 'deliberately different: without a log nothing is said',
      'mapper nil': 'deliberately different: without a map the defaults hold',
      'ping, server gone': 'deliberately different: there is no ping; the first read says it',
      'read before ping': 'deliberately different: there is no ping to forget',
    }
    for (const { given: row } of cases.readerContract)
      expect([...here, ...Object.keys(elsewhere)]).toContain(row)
  })
})
