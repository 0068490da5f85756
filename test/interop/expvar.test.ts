import { execFileSync, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  createExpvarSource,
  createVars,
  FloatVar,
  FuncVar,
  IntVar,
  MapVar,
  StringVar,
  type Variable,
  varsListener,
} from '../../src/expvar/index.ts'
import { Poller } from '../../src/period/index.ts'
import { exactJson } from '../../src/utils/index.ts'
import { answering } from '../support/listening.ts'
import { need } from '../support/need.ts'
import { buildGo, type Program, removePrograms } from './programs.ts'

const go = buildGo('./expvar')
const goApp = buildGo('./app')

afterAll(removePrograms)

/** A variable as both sides make it. */
interface Plan {
  readonly name: string
  readonly kind: 'int' | 'float' | 'string' | 'func' | 'map'
  readonly text?: string
  readonly value?: unknown
  readonly members?: readonly Plan[]
}

const name = fc.string({ unit: 'binary', maxLength: 12 })
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(0, -0, 1e6, 999_999, 123_456.7, 1e21, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308),
)
const leaf: fc.Arbitrary<Omit<Plan, 'name'>> = fc.oneof(
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => ({ kind: 'int' as const, text: value.toString() })),
  number.map((value) => ({ kind: 'float' as const, text: Object.is(value, -0) ? '-0' : String(value) })),
  fc
    .string({ unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), special()) })
    .map((text) => ({ kind: 'string' as const, text })),
  fc
    .array(
      fc.oneof(
        fc.string({ unit: special() }),
        number.filter((n) => !Object.is(n, -0)),
        fc.boolean(),
      ),
    )
    .map((value) => ({ kind: 'func' as const, value })),
)
const members = fc.uniqueArray(fc.tuple(name, leaf), { selector: ([key]) => key, maxLength: 5 })
const plan: fc.Arbitrary<Omit<Plan, 'name'>> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  {
    weight: 1,
    arbitrary: members.map((all) => ({
      kind: 'map' as const,
      members: all.map(([key, member]) => ({ ...member, name: key })),
    })),
  },
)

function special(): fc.Arbitrary<string> {
  return fc.constantFrom(...'"\\/<>&\n\r\t\b\f\u0000\u001f\u007f\u2028\u2029\ufffd\uffff运🙂')
}

function made({ kind, text = '', value, members = [] }: Plan): Variable {
  if (kind === 'int') return new IntVar(BigInt(text))
  if (kind === 'float') return new FloatVar(Number(text))
  if (kind === 'string') return new StringVar(text)
  if (kind === 'func') return new FuncVar(() => value)
  const map = new MapVar()
  for (const member of members) map.set(member.name, made(member))
  return map
}

describe('variables of Node', () => {
  test('are written byte for byte as by Go', (context) => {
    need(context, go !== undefined, 'go')
    const plans = fc
      .sample(fc.tuple(name, plan), { numRuns: 500, seed: 20_180_401 })
      .map(([key, planned]) => ({ ...planned, name: key }))
    const unique = [...new Map(plans.map((planned) => [planned.name, planned])).values()]
    const vars = createVars()
    onTestFinished(() => vars.close())
    const usual = [...vars].map(([key]) => `"${key}": `)
    for (const planned of unique) vars.publish(planned.name, made(planned))
    const [command, ...args] = go as Program
    const input = unique.map((planned) => JSON.stringify(planned)).join('\n')
    const answer = execFileSync(command, [...args, 'write'], { input, encoding: 'utf8' })
    const body = (text: string) =>
      text.split(/,?\n/).filter((line) => !usual.some((start) => line.startsWith(start)))
    expect(answer.slice(0, answer.indexOf('\n'))).toBe('application/json; charset=utf-8')
    const theirs = answer.slice(answer.indexOf('\n') + 1)
    expect(body(vars.json())).toEqual(body(theirs))
    expect(body(theirs).length).toBeGreaterThan(400)
  })

  test('are read by a program that reads those of Go', async (context) => {
    need(context, go !== undefined, 'go')
    const vars = createVars()
    onTestFinished(() => vars.close())
    vars.int('jobs').set(2n ** 63n - 1n)
    vars.map('requests').add('ok', 2)
    const { setFlagsFromString } = await import('node:v8')
    const { runInNewContext } = await import('node:vm')
    setFlagsFromString('--expose-gc')
    ;(runInNewContext('gc') as () => void)()
    await sleep(50)
    const { url } = await answering(varsListener(vars))
    const [command, ...args] = go as Program
    const child = spawn(command, [...args, 'read', `${url}/debug/vars`])
    const found = JSON.parse(
      await new Promise<string>((resolve, reject) => {
        let [out, err] = ['', '']
        child.stdout.on('data', (chunk) => {
          out += chunk
        })
        child.stderr.on('data', (chunk) => {
          err += chunk
        })
        child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(err))))
      }),
    )
    expect(found).toMatchObject({ status: 200, requests: { ok: 2 }, enabled: true })
    for (const field of ['cmdline', 'alloc', 'sys', 'numGC', 'pause', 'rss'])
      expect(found[field]).toBeGreaterThan(0)
    expect(found.lastGC).toBe(found.pauseEnd)
    const seconds = Number(BigInt(found.lastGC) / 10n ** 9n)
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60)
  })
})

describe('a Go program', () => {
  test('is read, with history, rates and documents, for as long as it lives', async (context) => {
    need(context, goApp !== undefined, 'go')
    const [command, ...args] = goApp as Program
    const app = spawn(command, [...args, '-port', '0'])
    onTestFinished(() => void app.kill('SIGKILL'))
    const endpoint = await new Promise<string>((resolve) =>
      app.stdout.once('data', (chunk) => resolve(/http:\S+/.exec(String(chunk))![0])),
    )
    const source = createExpvarSource({ name: 'app', endpoint })
    const poller = new Poller(source, { dir: null })
    onTestFinished(() => poller.stop())
    do {
      await sleep(100)
      await poller.poll()
    } while (
      poller.latest!.values['memstats.NumGC'] === 0 ||
      poller.latest!.rates['requests.total'] === undefined
    )
    const { values, texts, lists, rates } = poller.latest!
    expect(texts).toMatchObject({ greeting: 'say "hi"\\\n运行', os: process.platform })
    expect(texts.运行时间).toMatch(/s$/)
    expect(values['gc.next-in/MB %']).toBe(4.5)
    expect(typeof values['memstats.LastGC']).toBe('bigint')
    expect(lists.ratios).toEqual([0.1, 1.2, 2.3, 3.4, 666])
    expect(lists['memstats.PauseEnd']).toContain(values['memstats.LastGC'])
    // It adds three, fifty times a second.
    expect(rates['requests.total']).toBeGreaterThan(0)
    expect(rates['requests.total']).toBeLessThan(300)
    const ask = { period: '1h', stat: 'max', limit: 0, offset: 0, keyword: '', params: {} } as const
    const { data } = poller.query({ ...ask, aggregate: 'memstats.Alloc' })
    // One point, or two where a slot of the ring ended meanwhile.
    const point = { timestamp: expect.any(Number), value: expect.any(Number) }
    const points = data.flatMap((row) => (typeof row === 'string' ? [] : row.points))
    expect(data).toEqual([{ key: 'memstats.Alloc', points: points.map(() => point) }])
    expect(points.length).toBeGreaterThan(0)
    const [document] = source.documents(poller.latest!)
    expect(document!['memstats.Alloc']).toBe(Number(values['memstats.Alloc']) / 2 ** 20)
    // The newest number is exactly what the program says.
    const told = await (await fetch(endpoint)).text()
    await poller.poll()
    const lastGc = /"LastGC":(\d+)/.exec(told)![1]!
    const known = exactJson([
      poller.latest!.values['memstats.LastGC'],
      ...poller.latest!.lists['memstats.PauseEnd']!,
    ])
    expect(known).toContain(lastGc)

    app.kill('SIGKILL')
    await new Promise<void>((resolve) => app.once('close', () => resolve()))
    await poller.poll()
    expect(poller.status().last_error).toBe(`cannot read ${endpoint}: connection refused`)
  })
})
