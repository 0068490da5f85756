import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadByteMap } from '../../src/config/index.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { newFolder } from '../support/folder.ts'
import { pemFolder } from '../support/pem.ts'

const readers = (text: string, env: Record<string, string> = {}, folder = '/etc') =>
  parseConfig(
    `readers:\n  system_info: false\n  counters: false\n  app: ${text}\n  process: false\n`,
    `${folder}/treering.yaml`,
    env,
  ).readers

describe('a reader of type expvar', () => {
  it('needs an endpoint alone', () => {
    expect(readers('{ type: expvar, endpoint: "localhost:1234" }')).toEqual({
      app: { type: 'expvar', endpoint: 'localhost:1234' },
    })
  })

  it('has all that can be set', () => {
    const text = `{ type: expvar, endpoint: "https://app.example", routepath: /vars, type_name: my_app, interval: 500ms, timeout: 3s,
      backoff: 5, log_level: DEBUG, headers: { authorization: "Bearer \${SECRET}" }, ca: ca.pem, cert: c.pem, key: k.pem, insecure: false,
      max_body_bytes: 1000000, max_keys: 50, memory_bytes: { Mine: MB, alloc: b }, gc_types: "Waits Stops", map_file: maps.yml }`
    const folder = pemFolder('ca.pem', 'c.pem', 'k.pem')
    expect(readers(text, { SECRET: 'abc' }, folder).app).toEqual({
      type: 'expvar',
      endpoint: 'https://app.example',
      routepath: '/vars',
      typeName: 'my_app',
      intervalMs: 500,
      timeoutMs: 3000,
      backoff: 5,
      logLevel: 'debug',
      headers: { authorization: 'Bearer abc' },
      ca: `${folder}/ca.pem`,
      cert: `${folder}/c.pem`,
      key: `${folder}/k.pem`,
      insecure: false,
      maxBodyBytes: 1_000_000,
      maxKeys: 50,
      memoryBytes: { Mine: 'mb', alloc: 'b' },
      gcTypes: ['Waits', 'Stops'],
      mapFile: `${folder}/maps.yml`,
      digest: expect.any(String),
    })
  })

  it.each([
    ['{ type: expvar }', 'readers.app.endpoint: is missing: expected HOST:PORT or a URL'],
    [
      '{ type: expvar, endpoint: somewhere }',
      'readers.app.endpoint: invalid endpoint "somewhere": expected HOST:PORT or a URL, such as localhost:1234',
    ],
    [
      '{ type: expvar, endpoint: "ftp://h" }',
      'readers.app.endpoint: invalid endpoint "ftp://h": allowed schemes are http and https',
    ],
    ['{ type: expvar, endpoint: "h:1", interval: 50ms }', 'readers.app.interval: allowed are 100 ms to 24h'],
    ['{ type: expvar, endpoint: "h:1", interval: 0s }', 'readers.app.interval: allowed are 100 ms to 24h'],
    [
      '{ type: expvar, endpoint: "h:1", type_name: "" }',
      'readers.app.type_name: expected at least one character',
    ],
    ['{ type: expvar, endpoint: "h:1", backoff: 0 }', 'readers.app.backoff: allowed are 1 to 1000000'],
    [
      '{ type: expvar, endpoint: "h:1", log_level: loud }',
      'readers.app.log_level: allowed are debug, info, warn, error',
    ],
    [
      '{ type: expvar, endpoint: "h:1", memory_bytes: { a: tb } }',
      'readers.app.memory_bytes.a: invalid unit "tb": allowed are b, kb, mb, gb',
    ],
    ['{ type: expvar, endpoint: "h:1", cert: c.pem }', 'readers.app.cert: give both cert and key'],
    ['{ type: expvar, endpoint: "h:1", key: k.pem }', 'readers.app.key: give both cert and key'],
    ['{ type: expvar, endpoint: "h:1", gc_types: 5 }', 'readers.app.gc_types: expected a list of names'],
    [
      '{ type: expvar, endpoint: "h:1", headers: { "a b": x } }',
      'readers.app.headers.a b: a header has a name of letters',
    ],
    ['{ type: expvar, endpoint: "h:1", headers: x }', 'readers.app.headers: expected a map of name: text'],
    ['{ type: expvar, endpoint: "h:1", max_keys: 0 }', 'readers.app.max_keys: allowed are 1 to 10000'],
    [
      '{ type: expvar, endpoint: "h:1", inteval: 1s }',
      'readers.app: unknown key inteval; allowed are type, endpoint, routepath',
    ],
  ])('refuses %s, with line and key', (text, reason) => {
    expect(() => readers(text)).toThrow(`treering.yaml:4: ${reason}`)
  })

  it('is read from the examples of the original', () => {
    const [first] = readFileSync('test/fixtures/expvar/expvastic-example.yml', 'utf8').split(/^recorders:/m)
    const text = first!.replace(/^settings:\n.*\n/, '')
    expect(parseConfig(text, 'expvastic.yml', {}).readers).toMatchObject({
      FirstApp: {
        endpoint: 'localhost:1234',
        routepath: '/debug/vars',
        intervalMs: 500,
        timeoutMs: 3000,
        typeName: 'my_app1',
        logLevel: 'debug',
        backoff: 10,
      },
      SomeApplication: { timeoutMs: 13_000 },
    })
  })
})

describe('a reader of type self', () => {
  it('may have all keys that a reader has in files of the original', () => {
    const text =
      '{ type: self, type_name: me, interval: 2s, log_level: WARN, endpoint: "h:1", routepath: /x, timeout: 3s, backoff: 7, map_file: x }'
    expect(readers(text).app).toEqual({ type: 'self', typeName: 'me', intervalMs: 2000, logLevel: 'warn' })
  })
})

describe('files of a configuration', () => {
  it('are below its folder, whoever names them', () => {
    // Certificates are read when the file is checked.
    const folder = pemFolder('ca.pem', 'tls/ca.pem')
    const text = [
      'readers:',
      '  app: { type: expvar, endpoint: "h:1", ca: tls/ca.pem, map_file: ../maps.yml }',
      '  up: { type: uptime, targets: { web: { url: "https://h", ca: ca.pem }, db: "tcp://h:1" } }',
      '  shop: { type: counters, files: [shop.dat, ./own/shop2.dat] }',
      '  dir: { type: counters, directory: counters }',
      'recorders:',
      '  out: { type: otlp, endpoint: "h:1", ca: tls/ca.pem, spool: ~/spool }',
    ].join('\n')
    const { readers, recorders } = parseConfig(text, join(folder, 'treering.yaml'), {})
    expect(readers).toMatchObject({
      app: { ca: join(folder, 'tls/ca.pem'), mapFile: join(folder, '../maps.yml') },
      up: { targets: { web: { url: 'https://h', ca: join(folder, 'ca.pem') }, db: 'tcp://h:1' } },
      shop: { files: ['shop.dat', join(folder, 'own/shop2.dat')] },
      dir: { directory: join(folder, 'counters') },
    })
    expect(recorders.out).toMatchObject({
      options: { ca: join(folder, 'tls/ca.pem') },
      queue: { spool: `${process.env.HOME}/spool` },
    })
  })
})

describe('a map file', () => {
  const mapped = (text?: string) => {
    const folder = newFolder()
    if (text !== undefined) writeFileSync(join(folder, 'map.yml'), text)
    const yaml = 'readers:\n  app: { type: expvar, endpoint: "h:1", map_file: map.yml }\n'
    return {
      path: join(folder, 'map.yml'),
      parse: () => parseConfig(yaml, join(folder, 'treering.yaml'), {}),
    }
  }

  it('adds bytes and pauses', async () => {
    const load = (text: string) => loadByteMap(mapped(text).path)
    const text = 'memory_bytes:\n  Mine: KB\n  Alloc: b\ngc_types:\n  Waits\n  memstats.Stops\nother: 1\n'
    expect(await load(text)).toEqual({
      memoryBytes: { Mine: 'kb', Alloc: 'b' },
      gcTypes: ['Waits', 'memstats.Stops'],
    })
    expect(await load('gc_types: [Waits]\nmemory_bytes:\n')).toEqual({ memoryBytes: {}, gcTypes: ['Waits'] })
    expect(await load('')).toEqual({ memoryBytes: {}, gcTypes: [] })
    expect(await loadByteMap(undefined)).toEqual({})
    expect(await loadByteMap('none.yml')).toEqual({})
  })

  it('that is missing is a warning, one that is none an error with its line', async () => {
    const missing = mapped()
    expect(missing.parse().warnings).toEqual([
      expect.stringMatching(
        /treering\.yaml:2: readers\.app\.map_file: there is no .*map\.yml: the default names/,
      ),
    ])
    expect(() => mapped('memory_bytes: { a: tb }').parse()).toThrow(
      /treering\.yaml:2: readers\.app\.map_file: .*map\.yml: memory_bytes\.a: invalid unit "tb"/,
    )
    expect(() => mapped('a: [').parse()).toThrow(
      /treering\.yaml:2: readers\.app\.map_file: cannot read map_file /,
    )
    await expect(loadByteMap('src')).rejects.toThrow(/^cannot read map_file src: EISDIR/)
  })

  it('with another text makes other settings', () => {
    const { path, parse } = mapped('memory_bytes: { a: kb }')
    const before = parse()
    expect(parse()).toEqual(before)
    writeFileSync(path, 'memory_bytes: { a: mb }')
    expect(parse().readers).not.toEqual(before.readers)
  })
})
