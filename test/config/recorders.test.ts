import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EXAMPLE_CONFIG } from '../../src/config/example.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { pemFolder } from '../support/pem.ts'

const parse = (text: string, folder = '/etc') => parseConfig(text, `${folder}/treering.yaml`, {})

/** A file with these recorders and routes. */
const file = (recorders: string, routes = 'r: { readers: [system_info], recorders: [out] }') =>
  `recorders:\n${recorders.replace(/^/gm, '  ')}\nroutes:\n${routes.replace(/^/gm, '  ')}\n`
const OUT = 'out: { type: file, path: out.ndjson }'

describe('recorders in a configuration file', () => {
  it('give every setting', () => {
    const folder = pemFolder('certs/ca.pem', 'certs/me.pem', 'me.key')
    const text = file(
      [
        'Main_1:',
        '  type: elasticsearch',
        '  endpoint: [127.0.0.1:9200, "HTTPS://me:p%40ss@search.example.org/es/"]',
        '  index_name: tree-%Y.%m.%d',
        '  ca: certs/ca.pem',
        '  cert: certs/me.pem',
        `  key: ${folder}/me.key`,
        '  data_stream: true',
        '  template: false',
        '  insecure: true',
        '  timeout: 8s',
        '  backoff: 10',
        '  queue_count: 500',
        '  queue_bytes: 8MiB',
        '  batch_count: 100',
        '  batch_bytes: 64 kb',
        '  batch_wait: 250ms',
        '  spool: spool',
        '  spool_bytes: 1GiB',
        '  log_level: WARN',
        'os: { type: opensearch, endpoint: localhost:9201, index_name: x, api_key: a2V5 }',
        'out: { type: file, path: ~/out.ndjson, max_bytes: 1000000, max_age: 7d, keep: 0 }',
      ].join('\n'),
      'r: { readers: [system_info, counters], recorders: [Main_1, os, out] }',
    )
    const { recorders, routes, warnings } = parse(text, folder)
    expect(recorders).toEqual({
      Main_1: {
        type: 'elasticsearch',
        options: {
          nodes: ['http://127.0.0.1:9200', 'https://search.example.org/es'],
          index: 'tree-%Y.%m.%d',
          username: 'me',
          password: 'p@ss',
          ca: `${folder}/certs/ca.pem`,
          cert: `${folder}/certs/me.pem`,
          key: `${folder}/me.key`,
          dataStream: true,
          digest: expect.any(String),
          template: false,
          insecure: true,
        },
        queue: {
          timeoutMs: 8000,
          backoff: 10,
          queueCount: 500,
          queueBytes: 8 * 1024 ** 2,
          batchCount: 100,
          batchBytes: 64_000,
          batchMs: 250,
          spool: `${folder}/spool`,
          spoolBytes: 1024 ** 3,
        },
        logLevel: 'warn',
      },
      os: {
        type: 'opensearch',
        options: { nodes: ['http://localhost:9201'], index: 'x', apiKey: 'a2V5' },
        queue: {},
      },
      out: {
        type: 'file',
        options: {
          path: `${process.env.HOME}/out.ndjson`,
          maxBytes: 1_000_000,
          maxAgeMs: 604_800_000,
          keep: 0,
        },
        queue: {},
      },
    })
    expect(routes).toEqual({
      r: { readers: ['system_info', 'counters'], recorders: ['Main_1', 'os', 'out'] },
    })
    expect(warnings).toEqual([])
  })

  it.each([
    ['"": { type: file, path: x }', ':2: recorders.: a name is 1 to 64 of A-Z'],
    ['a b: { type: file, path: x }', ':2: recorders.a b: a name is 1 to 64 of A-Z'],
    [
      'out: { type: file, path: x }\nout: { type: file, path: y }',
      ':3: recorders.out: the key is there twice',
    ],
    ['out: file', ':2: recorders.out: expected a map of type and its keys'],
    ['out: { path: x }', ':2: recorders.out: type is missing: allowed are elasticsearch, opensearch, file'],
    ['out:\n  path: x\n  type: fiel', ':4: recorders.out.type: type "fiel" is not known: allowed are'],
    ['out: { type: file }', ':2: recorders.out.path: is missing: expected a path'],
    [
      'out:\n  type: file\n  path: x\n  kepe: 7',
      ':5: recorders.out: unknown key kepe; allowed are type, path, max_bytes',
    ],
    [
      'out: { type: elasticsearch, index_name: x }',
      ':2: recorders.out.endpoint: is missing: expected an address, such as 127.0.0.1:9200',
    ],
    [
      'out: { type: elasticsearch, endpoint: "h:1" }',
      ':2: recorders.out.index_name: is missing: expected a name, such as treering-%Y.%m.%d',
    ],
    [
      'out: { type: elasticsearch, endpoint: blah, index_name: x }',
      ':2: recorders.out.endpoint: invalid endpoint "blah": expected HOST:PORT or a URL',
    ],
    ['out: { type: elasticsearch, endpoint: "ftp://h", index_name: x }', 'invalid endpoint "ftp://h"'],
    [
      'out: { type: elasticsearch, endpoint: [], index_name: x }',
      'recorders.out.endpoint: expected an address',
    ],
    [
      'out: { type: elasticsearch, endpoint: "h:1", index_name: "A*" }',
      'recorders.out.index_name: invalid index name "A*"',
    ],
    [
      'out: { type: elasticsearch, endpoint: "h:1", index_name: x, timeout: 500ms }',
      'recorders.out.timeout: allowed are 1000 ms to 24h',
    ],
    [
      'out: { type: elasticsearch, endpoint: "h:1", index_name: x, backoff: none }',
      'recorders.out.backoff: expected a whole number',
    ],
    [
      'out: { type: elasticsearch, endpoint: "h:1", index_name: x, api_key: a, username: b }',
      'recorders.out.username: give one of api_key and username',
    ],
    [
      'out: { type: elasticsearch, endpoint: "h:1", index_name: x, password: b }',
      'recorders.out.password: username is missing',
    ],
    [
      'out: { type: file, path: x, max_bytes: big }',
      'recorders.out.max_bytes: expected bytes as a whole number, or with a unit, such as 64MiB',
    ],
    ['out: { type: file, path: x, queue_bytes: 1b }', 'recorders.out.queue_bytes: allowed are 1KiB to 16GiB'],
    [
      'out: { type: file, path: x, log_level: loud }',
      'recorders.out.log_level: allowed are debug, info, warn, error',
    ],
  ])('%j is refused with line, key and what is allowed', (recorders, reason) => {
    expect(() => parse(file(recorders))).toThrow(reason)
  })

  it('never tell a password', () => {
    const text = file('out: { type: elasticsearch, endpoint: "http://me:secret@a b:9200", index_name: x }')
    expect(() => parse(text)).toThrow('invalid endpoint')
    expect(() => parse(text)).not.toThrow('secret')
  })
})

describe('routes in a configuration file', () => {
  it.each([
    ['r: { readers: system_info, recorders: out }', { readers: ['system_info'], recorders: ['out'] }],
    ['r: { readers: [system_info], recorders: [out] }', { readers: ['system_info'], recorders: ['out'] }],
  ])('%j is a list or one name', (routes, route) => {
    expect(parse(file(OUT, routes)).routes).toEqual({ r: route })
  })

  it.each([
    [
      'r: { readers: [nobody], recorders: [out] }',
      ':4: routes.r.readers.0: unknown reader "nobody": there are system_info, counters',
    ],
    [
      'r:\n  readers:\n    - system_info\n  recorders:\n    - out\n    - out111',
      ':9: routes.r.recorders.1: unknown recorder "out111": there are out',
    ],
    ['r: { recorders: [out] }', ':4: routes.r: readers is missing: expected a name or a list of names'],
    ['r: { readers: [], recorders: [out] }', ':4: routes.r.readers: readers is empty'],
    ['r: { readers: [""], recorders: [out] }', 'routes.r.readers: readers is empty'],
    [
      'r: { readers: system_info, recorders: "out, out" }',
      'routes.r.recorders: "out, out" is no name: several are a list, such as [a, b]',
    ],
    [
      'r: { readers: system_info, recorders: out, from: 7 }',
      'routes.r.from: unknown key from; allowed are readers, recorders',
    ],
    ['r: all', ':4: routes.r: expected a map of readers and recorders'],
  ])('%j is refused with line, key and what is allowed', (routes, reason) => {
    expect(() => parse(file(OUT, routes))).toThrow(reason)
  })

  it('that are a text are refused', () => {
    expect(() => parse(`recorders:\n  ${OUT}\nroutes: all of them\n`)).toThrow(
      '/etc/treering.yaml:3: routes: expected a map of name: route',
    )
  })

  it('may name no reader that is switched off, and call none unknown that is wrong itself', () => {
    expect(() => parse(`readers: { system_info: false }\n${file(OUT)}`)).toThrow(
      'unknown reader "system_info"',
    )
    const text = `readers: { jvm: { type: counters, fiel: x } }\n${file(OUT, 'r: { readers: jvm, recorders: out }')}`
    expect(() => parse(text)).toThrow('unknown key fiel')
    expect(() => parse(text)).not.toThrow('unknown reader')
  })
})

describe('warnings of a configuration file', () => {
  it('name what is in no route, what is one, and what was read in other letters', () => {
    const text = [
      'readers: { FirstApp: { type: counters }, Unused: { type: counters } }',
      'recorders:',
      '  one: { type: elasticsearch, endpoint: "h:1", index_name: x }',
      '  two: { type: elasticsearch, endpoint: "http://h:1/", index_name: x, timeout: 18s }',
      '  three: { type: elasticsearch, endpoint: "h:1", index_name: y }',
      'routes:',
      '  r: { readers: firstapp, recorders: [one, two] }',
    ].join('\n')
    const { routes, warnings } = parse(text)
    expect(routes).toEqual({ r: { readers: ['FirstApp'], recorders: ['one', 'two'] } })
    expect(warnings).toEqual([
      '/etc/treering.yaml:7: routes.r.readers: firstapp is taken for FirstApp',
      '/etc/treering.yaml:5: recorders.three: it is in no route: nothing is shipped to it',
      '/etc/treering.yaml:1: readers.Unused: it is in no route: it is polled and not shipped',
      '/etc/treering.yaml:4: recorders.two: it ships to the same place as one (elasticsearch h:1/x): they are one, with the settings of one',
    ])
  })

  it('are none where a reader has its history and nothing else is wanted', () => {
    expect(parse('readers: { jvm: { type: counters } }').warnings).toEqual([])
  })
})

describe('the file that init writes', () => {
  it('has periods, readers, recorders and routes that only wait for their comment signs to go', () => {
    const { periods, readers, recorders, routes, warnings } = parse(
      EXAMPLE_CONFIG.replace(/^#(?=\w| {2})/gm, ''),
    )
    expect(periods).toEqual({ '1y': 365 * 86_400_000 })
    expect(Object.keys(recorders)).toEqual(['main', 'out'])
    expect(Object.keys(readers)).toEqual(['system_info', 'counters', 'process', 'uptime', 'shop', 'treering'])
    expect(routes).toEqual({ all: { readers: ['system_info'], recorders: ['main', 'out'] } })
    expect(warnings.map((text) => /readers\.(\w+): it is in no route/.exec(text)?.[1])).toEqual([
      'uptime',
      'shop',
      'treering',
    ])
  })
})

describe('the settings of the original', () => {
  it('have their typing error, and levels in any case', () => {
    expect(parse('settings: { debug_evel: DEBUG }').logLevel).toBe('debug')
    expect(parse('settings: { debug_evel: debug, log_level: Warn }').logLevel).toBe('warn')
    expect(() => parse('settings: { log_level: warning }')).toThrow(
      'settings.log_level: allowed are debug, info',
    )
  })
})

describe('addresses', () => {
  const cases = JSON.parse(readFileSync('test/fixtures/expvar/expvastic-cases.json', 'utf8')) as {
    url: { input: string; ok: boolean; output?: string }[]
  }
  /** What is deliberately another answer than the original's, and why. */
  const DIFFERENT: Readonly<Record<string, string>> = {
    'HTTP://localhost': 'a scheme in capitals is one',
  }

  it.each(cases.url)(
    '$input is taken as the original takes it, or deliberately not',
    ({ input, ok, output }) => {
      const text = file(`out: { type: elasticsearch, endpoint: ${JSON.stringify(input)}, index_name: x }`)
      const taken = () => {
        const { options } = parse(text).recorders.out as unknown as { options: { nodes: string[] } }
        return options.nodes[0]!
      }
      if (DIFFERENT[input] !== undefined) expect(taken()).toBe(input.toLowerCase())
      else if (!ok) expect(taken).toThrow()
      else {
        const url = new URL(output!)
        url.username = ''
        url.password = ''
        expect(taken()).toBe(url.href.replace(/\/$/, ''))
      }
    },
  )
})
