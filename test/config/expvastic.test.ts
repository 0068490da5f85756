import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { planRoutes } from '../../src/recorders/index.ts'

/** What the original made of a configuration. */
interface Case {
  readonly name: string
  readonly yaml: string
  readonly expect: { readonly error?: string; readonly engines?: Record<string, string[]> }
}

const { config: CASES } = JSON.parse(readFileSync('test/fixtures/expvar/expvastic-cases.json', 'utf8')) as {
  config: Case[]
}
const parse = (text: string) => parseConfig(text, 'f.yml', {})

/** What ours says instead of the original's error: the same fault, with line and key. */
const SAME_FAULT: Readonly<Record<string, string>> = {
  'route check 0: not_exists not in recorders':
    'f.yml:9: routes.route1.recorders: unknown recorder "not_exists": there are rec1',
  'route check 2: red1 not in recorders':
    'f.yml:12: routes.route1.recorders: unknown recorder "red1": there are rec1',
  'routes 1: error in recorders':
    'f.yml:10: routes.route1: recorders is missing: expected a name or a list of names',
  'routes 3: error in recorders': 'f.yml:10: routes.route1: recorders is missing',
  'routes 5: error in recorders':
    'f.yml:14: routes.route1.recorders: "rec1, rec2" is no name: several are a list, such as [a, b]',
  'app error 0': 'f.yml:1: readers: expected a map of name: reader',
  'app error 2': 'f.yml:1: unknown key app; allowed are settings, periods, readers, recorders, routes',
  'app error 4': 'f.yml:3: Unexpected scalar at node end',
  'app error 6': 'f.yml:20: routes.route1.recorders.0: unknown recorder "elastic111": there are elastic1',
  'reader without type': 'f.yml:2: readers.reader1: type is missing: allowed are',
  'recorders empty': 'f.yml:2: recorders: expected a map of name: recorder',
  'recorder type unknown': 'recorders.e',
  'reader: no endpoint': 'f.yml:2: readers.a.endpoint: is missing: expected HOST:PORT or a URL',
  'reader: interval without unit':
    'f.yml:2: readers.a.interval: invalid duration "5": expected a number with a unit',
  'reader: bad timeout': 'f.yml:2: readers.a.timeout: invalid duration "abc"',
  'recorder: no index_name': 'f.yml:4: recorders.e.index_name: is missing: expected a name',
  'recorder: timeout 10ms': 'f.yml:4: recorders.e.timeout: allowed are 1000 ms to 24h',
  'recorder: endpoint invalid':
    'f.yml:4: recorders.e.endpoint: invalid endpoint "this is invalid": expected HOST:PORT or a URL',
  'routes: two names in one text, by a space': 'f.yml:6: routes.r.readers: unknown reader "a b"',
  'routes: empty route': 'f.yml:6: routes.r: readers is missing',
  'unused reader is still checked': 'f.yml:3: readers.z.interval: invalid duration "bad"',
  'settings.log_level number': 'f.yml:2: settings.log_level: expected a text',
  'not YAML': 'f.yml:2: Flow sequence in block collection must be sufficiently indented',
}

/** Where ours is deliberately another answer: why, and what it says if it refuses. */
const DIFFERENT: Readonly<Record<string, { why: string; says?: string }>> = {
  empty: { why: 'an empty file is all defaults: this machine is polled' },
  'log_level debug, nothing else': { why: 'nothing but settings is all defaults otherwise' },
  'reader: no timeout': { why: 'a time limit has a default' },
  'self reader: no interval': { why: 'an interval has a default' },
  'reader: interval negative': {
    why: 'a negative interval means nothing',
    says: 'readers.a.interval: allowed are 100 ms to 24h',
  },
  'reader: unknown key ignored': {
    why: 'an unknown key is a slip',
    says: 'f.yml:2: readers.a: unknown key other; allowed are type, endpoint',
  },
  'unknown top-level key ignored': {
    why: 'an unknown key is a slip',
    says: 'f.yml:1: unknown key other; allowed are settings',
  },
  'recorder: index name in capitals is let through': {
    why: 'the server refuses it at every document',
    says: 'f.yml:4: recorders.e.index_name: invalid index name "EXPIPE": it must be in small letters',
  },
  'settings.log_level nonsense': {
    why: 'a slip is no level',
    says: 'f.yml:2: settings.log_level: allowed are debug, info, warn, error',
  },
}

/** Why a file is refused; undefined when it is not. */
function refusal(yaml: string): string | undefined {
  try {
    parse(yaml)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const knowsSelf = refusal('readers: { me: { type: self } }') === undefined

describe("the original's configurations", () => {
  it.each(CASES)('$name: is taken as it was, or deliberately not', ({ name, yaml, expect: theirs }) => {
    const refused = refusal(yaml)
    if (/type: self/.test(yaml) && !knowsSelf) {
      expect(refused).toContain('type "self" is not known')
      return
    }
    const different = DIFFERENT[name]
    if (different !== undefined) {
      if (different.says === undefined) expect(refused).toBeUndefined()
      else expect(refused).toContain(different.says)
      return
    }
    if (theirs.error !== undefined) {
      expect(SAME_FAULT[name], 'a fault of the original is in one of the tables').toBeDefined()
      expect(refused).toContain(SAME_FAULT[name])
      return
    }
    expect(refused).toBeUndefined()
    const { recorders, routes } = parse(yaml)
    const { shippedBy, merged } = planRoutes(recorders, routes)
    const ours = Object.fromEntries(
      [...shippedBy].map(([reader, names]) => [reader.toLowerCase(), [...names].sort()]),
    )
    // Differs from expvastic: recorders of one destination are one, and each document is shipped once to it.
    const asOne = Object.fromEntries(
      Object.entries(theirs.engines!).map(([reader, names]) => [
        reader,
        [...new Set(names.map((recorder) => merged.get(recorder) ?? recorder))].sort(),
      ]),
    )
    expect(ours).toEqual(asOne)
  })
})

describe("the original's example files", () => {
  it('basic: two applications, two recorders that are one', () => {
    const { readers, recorders, routes, warnings, logLevel } = parse(
      readFileSync('examples/expvastic-basic.yml', 'utf8'),
    )
    expect(logLevel).toBe('info')
    expect(readers.FirstApp).toMatchObject({
      type: 'expvar',
      endpoint: 'localhost:1234',
      intervalMs: 500,
      timeoutMs: 3000,
      backoff: 10,
    })
    expect(recorders.main_elasticsearch).toEqual({
      type: 'elasticsearch',
      options: { nodes: ['http://127.0.0.1:9200'], index: 'expvastic' },
      queue: { timeoutMs: 8000, backoff: 10 },
    })
    const { shippedBy } = planRoutes(recorders, routes)
    expect(Object.fromEntries(shippedBy)).toEqual({
      FirstApp: ['main_elasticsearch'],
      SomeApplication: ['main_elasticsearch'],
    })
    expect(warnings).toEqual([
      'f.yml:29: recorders.the_other_elasticsearch: it ships to the same place as main_elasticsearch (elasticsearch 127.0.0.1:9200/expvastic): they are one, with the settings of main_elasticsearch',
    ])
  })

  it('routes: three readers, four recorders that are one', () => {
    const { recorders, routes, warnings } = parse(readFileSync('examples/expvastic-routes.yml', 'utf8'))
    const { shippedBy } = planRoutes(recorders, routes)
    expect(Object.fromEntries(shippedBy)).toEqual({
      app_0: ['elastic_0'],
      app_1: ['elastic_0'],
      app_2: ['elastic_0'],
    })
    expect(warnings).toHaveLength(3)
  })
})
