import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createVars,
  FloatVar,
  FuncVar,
  IntVar,
  MAX_KEYS,
  MapVar,
  StringVar,
  type Vars,
  type VarsOptions,
} from '../../src/expvar/index.ts'
import { keptLog } from '../support/log.ts'

function made(options?: VarsOptions): Vars {
  const vars = createVars(options)
  onTestFinished(() => vars.close())
  return vars
}

const lineOf = (vars: Vars, name: string) =>
  vars
    .json(name)
    .split('\n')
    .find((line) => line.startsWith(`${JSON.stringify(name)}: `))
    ?.replace(/,$/, '')

describe('published variables', () => {
  it('are written in the lines and the order of a Go program', () => {
    const answer = readFileSync('test/fixtures/expvar/go-debug-vars.json', 'utf8')
    const map = new MapVar()
    const lines = answer.split('\n').slice(1, -2)
    for (const line of lines.reverse()) {
      const [, name, value] = /^("(?:[^"\\]|\\.)*"): (.*?),?$/.exec(line)!
      map.set(JSON.parse(name!), { json: () => value! })
    }
    const vars = made({ cmdline: 'off' })
    const others = [...vars].map(([name]) => name)
    for (const [name, variable] of map) if (!others.includes(name)) vars.publish(name, variable)
    const kept = (text: string) =>
      text
        .split('\n')
        .filter((line) => !/^"(?:cmdline|cores|gcpause|memstats|node|os|uptime|version)"/.test(line))
    expect(kept(vars.json())).toEqual(kept(answer))
  })

  it('are sorted by bytes, not by halves of characters', () => {
    const map = new MapVar()
    for (const key of ['🙂', '\uffff', 'b', 'a', '']) map.set(key, new IntVar())
    expect([...map].map(([key]) => key)).toEqual(['', 'a', 'b', '\uffff', '🙂'])
  })

  it('are whole numbers to the last digit, that wrap around as in Go', () => {
    const number = new IntVar(2n ** 53n)
    number.add()
    number.add(2n)
    expect([number.value, number.json()]).toEqual([2n ** 53n + 3n, '9007199254740995'])
    number.set(2n ** 63n - 1n)
    number.add(1)
    expect(number.json()).toBe('-9223372036854775808')
    expect(() => number.add(0.5)).toThrow(RangeError)
    expect(() => new IntVar(1.5)).toThrow(RangeError)
  })

  it.each([
    [0.1 + 0.2, '0.30000000000000004'],
    [1e6, '1e+06'],
    [123456, '123456'],
    [1e-5, '1e-05'],
    [1.5e300, '1.5e+300'],
    [Number.NaN, 'null'],
    [Number.POSITIVE_INFINITY, 'null'],
  ])('are numbers with a fraction: %d is %s', (value, text) => {
    const number = new FloatVar(value)
    expect(number.json()).toBe(text)
    number.set(1)
    number.add(0.5)
    expect([number.value, number.json()]).toEqual([1.5, '1.5'])
  })

  it('are texts, with half a character replaced', () => {
    const text = new StringVar('say "hi" & <go>\u2028\b\ud800')
    expect(text.json()).toBe('"say \\"hi\\" \\u0026 \\u003cgo\\u003e\\u2028\\u0008\ufffd"')
    text.set('x')
    expect([text.value, text.json()]).toEqual(['x', '"x"'])
  })

  it('are maps that count by themselves and may be nested', () => {
    const vars = made()
    const requests = vars.map('requests')
    requests.add('total', 3)
    requests.add('total')
    requests.addFloat('seconds', 1.5)
    requests.set('latency', new MapVar().set('p50', new FloatVar(2.25)))
    expect(lineOf(vars, 'requests')).toBe(
      '"requests": {"latency": {"p50": 2.25}, "seconds": 1.5, "total": 4}',
    )
    requests.delete('latency')
    expect(() => requests.addFloat('total', 1)).toThrow(/cannot add to key "total": it is a IntVar/)
    requests.clear()
    expect([requests.json(), requests.get('total')]).toEqual(['{}', undefined])
  })

  it('are what functions return, exact integers included, and null where they throw', () => {
    const log = keptLog()
    const vars = made({ log })
    let depth: unknown = { depth: 2n ** 64n - 1n, names: ['<a>', null], at: undefined }
    vars.func('queue', () => {
      if (depth === undefined) throw new Error('not now')
      return depth
    })
    expect(lineOf(vars, 'queue')).toBe(
      '"queue": {"depth":18446744073709551615,"names":["\\u003ca\\u003e",null]}',
    )
    depth = undefined
    expect([lineOf(vars, 'queue'), lineOf(vars, 'queue')]).toEqual(['"queue": null', '"queue": null'])
    expect(log.said.map(({ fields }) => fields)).toEqual([{ name: 'queue', reason: 'not now' }])
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    depth = cycle
    expect(lineOf(vars, 'queue')).toBe('"queue": null')
    expect(new FuncVar(() => undefined).json()).toBe('null')
  })

  it('have one owner a name, but for the usual ones', () => {
    const vars = made()
    vars.int('jobs')
    expect(() => vars.string('jobs')).toThrow(/cannot publish variable "jobs": the name is in use/)
    expect(() => vars.int('memstats')).toThrow(TypeError)
    vars.string('version').set('1.2.3')
    expect(lineOf(vars, 'version')).toBe('"version": "1.2.3"')
    expect(() => vars.string('version')).toThrow(TypeError)
    expect(vars.get('jobs')).toBeInstanceOf(IntVar)
    expect(vars.get('none')).toBeUndefined()
    const names: string[] = []
    vars.do((name) => names.push(name))
    expect(names).toEqual([
      'cmdline',
      'cores',
      'gcpause',
      'jobs',
      'memstats',
      'node',
      'os',
      'uptime',
      'version',
    ])
  })

  it('are bounded', () => {
    const map = new MapVar()
    for (let i = 0; i < MAX_KEYS; i++) map.add(`key ${i}`)
    map.add('key 0')
    expect(() => map.add('one more')).toThrow(/cannot add key "one more": the map has 10000 keys/)
  })

  it('can be asked for by the beginning of their names, and then no other is computed', () => {
    const vars = made()
    let calls = 0
    vars.func('costly', () => ++calls)
    vars.int('jobs')
    expect(vars.json('jo')).toBe('{\n"jobs": 0\n}\n')
    expect(vars.json('nothing')).toBe('{\n\n}\n')
    expect(calls).toBe(0)
  })
})

describe('the variables of a process', () => {
  it('are read at most once a second, where that costs something', async () => {
    const vars = made()
    const first = vars.json('memstats')
    const kept = Array.from({ length: 1000 }, (_, i) => ({ i }))
    expect([vars.json('memstats'), kept.length]).toEqual([first, 1000])
    await sleep(1010)
    expect(vars.json('memstats')).not.toBe(first)
  })

  it('fill the names of Go with the figures of Node', () => {
    const vars = made()
    const { memstats, node, ...usual } = JSON.parse(vars.json())
    expect(Object.keys(memstats)).toEqual(
      Object.keys(JSON.parse(readFileSync('test/fixtures/expvar/go-debug-vars.json', 'utf8')).memstats),
    )
    expect(memstats.HeapSys).toBe(memstats.HeapInuse + memstats.HeapIdle)
    expect(memstats.Alloc).toBeGreaterThan(1e6)
    expect(memstats.Sys).toBeGreaterThan(memstats.HeapSys)
    expect(memstats).toMatchObject({ EnableGC: true, DebugGC: false, BySize: [] })
    for (const ring of [memstats.PauseNs, memstats.PauseEnd]) expect(ring).toHaveLength(256)
    expect(node).toMatchObject({ rss: expect.any(Number), event_loop_delay_p99_ms: expect.any(Number) })
    expect(usual).toMatchObject({ os: process.platform, version: process.version, cores: expect.any(Number) })
  })

  it('keep the pauses of garbage collection in a ring', async () => {
    const vars = made()
    const stats = () => JSON.parse(vars.json('memstats')).memstats
    const pause = () => JSON.parse(vars.json('gcpause')).gcpause
    expect(stats()).toMatchObject({ NumGC: 0, LastGC: 0 })
    expect(pause()).toBe(0)
    const { setFlagsFromString } = await import('node:v8')
    const { runInNewContext } = await import('node:vm')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void
    for (let i = 0; i < 300; i++) collect({ type: 'minor' })
    await sleep(1000)
    const { NumGC, PauseNs, PauseTotalNs, GCCPUFraction, PauseEnd } = stats()
    expect(NumGC).toBeGreaterThanOrEqual(300)
    expect(PauseNs.every((ns: number) => ns > 0)).toBe(true)
    expect(PauseTotalNs).toBeGreaterThan(Math.max(...PauseNs))
    expect(GCCPUFraction).toBeGreaterThan(0)
    expect(Math.max(...PauseEnd)).toBe(PauseEnd[(NumGC + 255) % 256])
    expect(vars.json('memstats')).toMatch(/"LastGC":\d{19},/)
    expect(pause()).toBeGreaterThan(0)
    expect(pause()).toBe(0)
  })

  it('tell how late the event loop comes round', async () => {
    const vars = made()
    const node = () => JSON.parse(vars.json('node')).node
    node()
    await sleep(300)
    const until = performance.now() + 400
    while (performance.now() < until);
    await sleep(400)
    expect(node().event_loop_delay_max_ms).toBeGreaterThan(250)
    expect(node().event_loop_utilization).toBeGreaterThan(0.1)
  })

  it('let a program end that forgot to close them', async () => {
    const { spawn } = await import('node:child_process')
    const text = "import { createVars } from './dist/expvar/index.js'; createVars().json()"
    const child = spawn(process.execPath, ['--input-type=module', '-e', text])
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
  })
})

describe('the command line', () => {
  const argv = [
    'node',
    'app.js',
    '--db-password',
    'hunter2',
    '--token=abc',
    'API_KEY=abc',
    '--key',
    '--port',
    '1234',
    'https://user:pass@host/path?x=1&access_token=abc',
    '--url=https://user@host',
    'plain',
  ]
  const told = (options: VarsOptions) => {
    const given = process.argv
    process.argv = argv
    onTestFinished(() => {
      process.argv = given
    })
    return JSON.parse(made(options).json('cmdline')).cmdline
  }

  it('has what looks like a secret masked', () => {
    expect(told({})).toEqual([
      'node',
      'app.js',
      '--db-password',
      '***',
      '--token=***',
      'API_KEY=***',
      '--key',
      '--port',
      '1234',
      'https://***@host/path?x=1&access_token=***',
      '--url=https://***@host',
      'plain',
    ])
  })

  it('can be told in full, or not at all', () => {
    expect(told({ cmdline: 'full' })).toEqual(argv)
    expect(told({ cmdline: 'off' })).toBeUndefined()
  })
})
