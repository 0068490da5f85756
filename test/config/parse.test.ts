import { describe, expect, it } from 'vitest'
import { EXAMPLE_CONFIG } from '../../src/config/example.ts'
import { DEFAULT_CONFIG, loadConfig, parseListen } from '../../src/config/index.ts'
import { parseConfig } from '../../src/config/parse.ts'

const parse = (text: string, env: Record<string, string> = {}) => parseConfig(text, '/etc/treering.yaml', env)

describe('a configuration file', () => {
  it('gives every setting', () => {
    const text = [
      'settings: { listen: "[::1]:9999", data: history, log_level: warn, token: "${SECRET}", insecure: true, allowed_hosts: [a.example], max_sockets: 5, status_public: true }',
      'periods: { 1y: 365d, 12h: 12h }',
      'readers: { system_info: { sensors: false, mounts: [/mnt/nas] } }',
    ].join('\n')
    expect(parse(text, { SECRET: 'x'.repeat(20) })).toEqual({
      listen: { host: '::1', port: 9999 },
      dataDir: '/etc/history',
      logLevel: 'warn',
      token: 'x'.repeat(20),
      insecure: true,
      allowedHosts: ['a.example'],
      maxSockets: 5,
      statusPublic: true,
      periods: { '1y': 31_536_000_000, '12h': 43_200_000 },
      readers: {
        system_info: { type: 'system_info', sensors: false, mounts: ['/mnt/nas'] },
        counters: { type: 'counters' },
        process: { type: 'process' },
      },
      recorders: {},
      routes: {},
      warnings: [],
    })
  })

  it('may be empty, or what init writes: then the defaults hold', () => {
    expect(parse('')).toEqual(DEFAULT_CONFIG)
    expect(parse('# nothing\n')).toEqual(DEFAULT_CONFIG)
    const { dataDir: _, readers, ...rest } = parse(EXAMPLE_CONFIG)
    expect(rest).toEqual({ ...DEFAULT_CONFIG, dataDir: undefined, readers: undefined, ...rest })
    expect(readers.system_info).toEqual({
      type: 'system_info',
      intervalMs: 1000,
      cpu: true,
      memory: true,
      disk: true,
      network: true,
      sensors: true,
      mounts: [],
    })
  })

  it('takes texts of the environment that look like numbers as they are', () => {
    for (const token of ['12345678', '0123', 'true', '-5'])
      expect(parse('settings:\n  token: ${TK}', { TK: token }).token).toBe(token)
  })

  it.each(['007', '1e3', '12345678901234567890', '1.50', '0x10', '+5', '.inf', 'True'])(
    'takes %s for the text it is where a text is wanted',
    (token) => {
      expect(parse(`settings: { token: ${token} }`).token).toBe(token)
    },
  )

  it('takes a number for the number it is where one is wanted, or anything', () => {
    expect(parse('settings: { max_sockets: 1e+03 }').maxSockets).toBe(1000)
    const { readers } = parse(
      'readers: { uptime: { targets: { a: { url: "http://a", expect_json: { price: 1.50 } } } } }',
    )
    expect(JSON.stringify(readers.uptime)).toContain('{"price":1.5}')
  })

  it('has no key __proto__, whose value would be lost', () => {
    expect(() => parse('periods:\n  __proto__: 2h')).toThrow(':2: the key __proto__ is not allowed')
    expect(() => parse('readers: { __proto__: { type: self } }')).toThrow('the key __proto__ is not allowed')
  })

  it('switches the machine off', () => {
    expect(parse('readers: { system_info: false }').readers).toEqual({
      counters: { type: 'counters' },
      process: { type: 'process' },
    })
    expect(parse('readers: { system_info: true }').readers).toEqual(DEFAULT_CONFIG.readers)
  })

  it.each([
    ['setings: {}', ':1: unknown key setings; allowed are settings, periods, readers'],
    ['settings:\n  lisen: x', ':2: settings: unknown key lisen; allowed are listen, data'],
    ['settings:\n  listen: here', ':2: settings.listen: invalid address "here": expected HOST:PORT'],
    ['settings:\n\n  listen: 127.0.0.1:99999', ':3: settings.listen: invalid address'],
    ['settings:\n  max_sockets: many', ':2: settings.max_sockets: expected a whole number'],
    ['settings:\n  max_sockets: 0', ':2: settings.max_sockets: allowed are 1 to 1000000'],
    ['settings:\n  log_level: loud', ':2: settings.log_level: allowed are debug, info, warn, error'],
    ['settings:\n  insecure: "yes"', ':2: settings.insecure: expected true or false'],
    ['settings:\n  allowed_hosts:\n    - a\n    - 7', ':4: settings.allowed_hosts.1: expected a text'],
    ['settings: 7', ':1: settings: expected a map of listen, data'],
    ['periods:\n  1y: long', ':2: periods.1y: invalid duration "long"'],
    ['periods:\n  1h: 2h', ':2: periods.1h: period 1h is built in'],
    ['setings: {}\nperiods:\n  1y: 365d\n  short: 10s', ':4: periods.short: invalid period short'],
    ['settings:\n  token: a b', ':2: settings.token: cannot use the token'],
    [
      'recorders:\n  r: { type: otlp, token: ${TOKEN} }',
      ':2: ${TOKEN} must be quoted between { and }: "${TOKEN}"',
    ],
    [
      'readers:\n  a: { type: expvar, endpoint: "h:1", ca: /none.pem }',
      ':2: readers.a.ca: cannot read /none.pem: ENOENT',
    ],
    ['settings:\n  listen: 8888', ':2: settings.listen: expected a text such as 127.0.0.1:8888'],
    ['periods:\n  1y: 365', ':2: periods.1y: expected a duration such as'],
    [
      'readers:\n  system_info:\n    cpus: true',
      ':3: readers.system_info: unknown key cpus; allowed are type, interval, cpu',
    ],
    ['readers:\n  system_info:\n    cpu: 1', ':3: readers.system_info.cpu: expected true or false'],
    ['readers:\n  system_info: maybe', ':2: readers.system_info: expected true, false or a map'],
    ['settings:\n  token: ${NOT_SET}', ':2: environment variable NOT_SET is not set; ${NOT_SET:-default}'],
    ['settings:\n\t listen: x', ':2: '],
    ['a: 1\na: 2', ':2: a: the key is there twice'],
    ['- 1', 'expected a map'],
    ['settings: { data: "" }', ':1: settings.data: expected at least one character'],
    [
      'settings:\n  allowed_hosts: ["http://x"]',
      ':2: settings.allowed_hosts.0: invalid host "http://x": expected a name',
    ],
    [
      'readers:\n  system_info:\n    mounts: [nas]',
      'readers.system_info.mounts.0: invalid mount point "nas": expected an absolute path',
    ],
    ['settings:\n  data: ${unclosed', ':2: cannot read ${…} in "${unclosed": expected ${NAME}'],
    ['settings: *nothing', ': Unresolved alias'],
  ])('%j is refused with file, line, key and what is allowed', (text, reason) => {
    expect(() => parse(text)).toThrow(`/etc/treering.yaml${reason.startsWith(':') ? reason : ''}`)
    expect(() => parse(text)).toThrow(reason)
  })

  it('tells all that is wrong at once', () => {
    const text = 'settings:\n  listen: x\n  port: 8\nreaders:\n  system_info: 7\n'
    let told = ''
    try {
      parse(text)
    } catch (error) {
      told = (error as Error).message
    }
    expect(told.split('\n')).toHaveLength(3)
  })

  it('tells what is wrong with each period, whatever the others are', () => {
    const lines = ['periods:', '  5m: 10m', '  x: 1s', '  a b: 1d', '  y: 200y', '  c d: long', '  1y: 365d']
    let told = ''
    try {
      parse(lines.join('\n'))
    } catch (error) {
      told = (error as Error).message
    }
    const faults = told.split('\n').map((line) => line.replace('/etc/treering.yaml:', '').slice(0, 48))
    expect(faults).toEqual([
      '2: periods.5m: period 5m is built in and cannot ',
      '3: periods.x: invalid period x: its duration mus',
      '4: periods.a b: invalid period name "a b": allow',
      '5: periods.y: invalid duration "200y": expected ',
      '6: periods.c d: invalid duration "long": expecte',
      '6: periods.c d: invalid period name "c d": allow',
    ])
    const many = Array.from({ length: 11 }, (_, i) => `  p${i}: 2h`)
    expect(() => parse(['periods:', ...many].join('\n'))).toThrow('too many periods: 11, at most 10')
  })

  it('takes numbers and true or false from variables that are not quoted', () => {
    const text = 'settings:\n  max_sockets: ${N}\n  insecure: ${I}\n  token: "${N}"\n'
    expect(parse(text, { N: '5', I: 'true' })).toMatchObject({ maxSockets: 5, insecure: true, token: '5' })
  })

  it('takes a default for a variable that is not set', () => {
    expect(parse('settings: { token: "${TOKEN:-from-the-default}" }').token).toBe('from-the-default')
    expect(parse('settings: { token: "a-${TOKEN}-b" }', { TOKEN: 'x' }).token).toBe('a-x-b')
  })

  it('that is not there is told', async () => {
    await expect(loadConfig('/nowhere.yaml')).rejects.toThrow(
      'cannot read config /nowhere.yaml: there is no such file',
    )
  })
})

describe('an address', () => {
  it.each([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['[::]:8888', { host: '::', port: 8888 }],
    [':8888', { host: '0.0.0.0', port: 8888 }],
  ])('%s is read', (text, listen) => {
    expect(parseListen(text)).toEqual(listen)
  })

  it.each(['', '8888', 'a:b', '::1:80', 'a b:80', '127.0.0.1:70000', '127.0.0.1:-1', 'http://a:80'])(
    '%j is refused',
    (text) => {
      expect(() => parseListen(text)).toThrow('expected HOST:PORT')
    },
  )
})

describe('files of a reader of counters', () => {
  it.each([
    ['file: ""', '/etc/treering.yaml:4: readers.shop.file: "" is not the name of a counters file'],
    ['files: [a.dat, ..]', '/etc/treering.yaml:4: readers.shop.files.1: ".." is not the name'],
    ['file: "a\\0b"', 'readers.shop.file: "a\\u0000b" is not the name'],
    ['files: [/a/app.dat, /b/app.dat]', 'readers.shop.files.1: another file is called "app.dat" too'],
    ['directory: ""', 'readers.shop.directory: "" is not the name of a directory'],
  ])('are refused where serve would: %s', (given, told) => {
    expect(() => parse(`readers:\n  shop:\n    type: counters\n    ${given}\n`)).toThrow(told)
  })

  it('may be named twice, and by path', () => {
    const { readers } = parse('readers: { shop: { type: counters, files: [a.dat, ./b.dat, a.dat] } }')
    expect(readers.shop).toEqual({ type: 'counters', files: ['a.dat', '/etc/b.dat', 'a.dat'] })
  })
})
