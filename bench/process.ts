/**
 * Metrics beside prom-client and @hono/prometheus in the same run.
 *
 * Defends: middleware ≤ 1.5 µs a request more than without, ≤ 0.6 × of @hono/prometheus; a counter with two fields by name ≤ 80 ns and
 * ≤ 1 ×, by handle ≤ 15 ns and ≤ 0.2 ×; a distribution by name ≤ 150 ns and ≤ 0.4 ×, by handle ≤ 40 ns and ≤ 0.15 ×; 10,000 streams as
 * text ≤ 25 ms, no more than 10 ms of them in one turn of the event loop.
 *
 * CPU time, not time, and the median of rounds in which all take turns: the machine is shared.
 */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { prometheus } from '@hono/prometheus'
import { Hono, type MiddlewareHandler } from 'hono'
import { Counter as PromCounter, Histogram as PromHistogram, Registry as PromRegistry } from 'prom-client'
import { createRegistry, meterHono } from '../src/process/index.ts'
import { familiesText, familiesTextInSlices } from '../src/prometheus/index.ts'
import { cpuSeconds, median, startNode } from './support/program.ts'

const SERVER_ROUNDS = Number(process.env.ROUNDS ?? 12)

/** CPU ns a call, of each round; all racers take turns in each. `run` is given how often to call. */
async function race<Name extends string>(
  times: number,
  rounds: number,
  racers: Record<Name, (times: number) => unknown>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(racers) as Name[]
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      // Another one first in each round: what one leaves to collect is paid by the next.
      const name = names[(round + turn) % names.length]!
      const before = process.cpuUsage()
      await racers[name](times)
      const { user, system } = process.cpuUsage(before)
      figures[name].push(((user + system) * 1000) / times)
    }
  }
  return figures
}

/** What one costs more than another, a median of rounds. */
function more(one: readonly number[], other: readonly number[]): number {
  return median(one.map((figure, round) => figure - other[round]!))
}

const rows: object[] = []
function row(what: string, unit: string, ours: number, budget: number, peer?: number, ratio?: number): void {
  const measured = peer === undefined ? undefined : ours / peer
  const within = ours <= budget && (ratio === undefined || measured! <= ratio)
  const number = (value: number | undefined) => (value === undefined ? '' : Number(value.toFixed(2)))
  rows.push({
    ...{ what, unit, ours: number(ours), budget, peer: number(peer), ratio: number(measured) },
    ...{ 'ratio allowed': ratio ?? '', within: within ? 'yes' : 'NO' },
  })
}

async function metrics(): Promise<void> {
  const registry = createRegistry()
  const fields = { fields: { shop: 'string', paid: 'bool' } } as const
  const counter = registry.counter('orders', fields)
  const distribution = registry.distribution('waits', fields)
  const prom = { help: 'h', labelNames: ['shop', 'paid'], registers: [] }
  const promCounter = new PromCounter({ name: 'orders', ...prom })
  const promHistogram = new PromHistogram({ name: 'waits', ...prom })
  const shops = ['a', 'b', 'c', 'dddddd']
  const values = Float64Array.from({ length: 1024 }, () => Math.exp(Math.random() * 12 - 2))
  const handle = counter.with({ shop: 'a', paid: true })
  const promHandle = promCounter.labels({ shop: 'a', paid: 'true' })
  const spread = distribution.with({ shop: 'a', paid: true })
  const promSpread = promHistogram.labels({ shop: 'a', paid: 'true' })
  handle.add(1)
  spread.add(1)
  const figures = await race(200_000, 30, {
    name: (n) => {
      for (let i = 0; i < n; i++) counter.add(1, { shop: shops[i & 3]!, paid: (i & 4) === 0 })
    },
    promName: (n) => {
      for (let i = 0; i < n; i++)
        promCounter.inc({ shop: shops[i & 3]!, paid: (i & 4) === 0 ? 'true' : 'false' })
    },
    handle: (n) => {
      for (let i = 0; i < n; i++) handle.add()
    },
    promHandle: (n) => {
      for (let i = 0; i < n; i++) promHandle.inc()
    },
    spreadName: (n) => {
      for (let i = 0; i < n; i++)
        distribution.add(values[i & 1023]!, { shop: shops[i & 3]!, paid: (i & 4) === 0 })
    },
    promSpreadName: (n) => {
      for (let i = 0; i < n; i++)
        promHistogram.observe(
          { shop: shops[i & 3]!, paid: (i & 4) === 0 ? 'true' : 'false' },
          values[i & 1023]! / 1000,
        )
    },
    spread: (n) => {
      for (let i = 0; i < n; i++) spread.add(values[i & 1023]!)
    },
    promSpread: (n) => {
      for (let i = 0; i < n; i++) promSpread.observe(values[i & 1023]! / 1000)
    },
  })
  row('counter, two fields by name', 'ns', median(figures.name), 80, median(figures.promName), 1)
  row('counter, kept handle', 'ns', median(figures.handle), 15, median(figures.promHandle), 0.2)
  row(
    'distribution, two fields by name',
    'ns',
    median(figures.spreadName),
    150,
    median(figures.promSpreadName),
    0.4,
  )
  row('distribution, kept handle', 'ns', median(figures.spread), 40, median(figures.promSpread), 0.15)
}

async function middleware(): Promise<void> {
  const appOf = (metered?: MiddlewareHandler) => {
    const app = new Hono()
    if (metered !== undefined) app.use(metered)
    return app.get('/users/:id', (c) => c.text('hello'))
  }
  const request = new Request('http://localhost/users/42', {
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)' },
  })
  const ask = (app: Hono) => async (times: number) => {
    for (let i = 0; i < times; i++) await app.request(request)
  }
  const registry = createRegistry()
  // Long rounds: a collection comes every few thousand requests, and each racer is to pay for its own.
  const figures = await race(10_000, 100, {
    bare: ask(appOf()),
    nothing: ask(appOf(async (_, next) => next())),
    ours: ask(appOf(meterHono(registry))),
    theirs: ask(appOf(prometheus().registerMetrics)),
  })
  const micros = (figure: readonly number[]) => more(figure, figures.bare) / 1000
  row('middleware, more a request', 'µs', micros(figures.ours), 1.5, micros(figures.theirs), 0.6)
  row('  of it: any middleware at all', 'µs', micros(figures.nothing), 1.5)
}

async function text(): Promise<void> {
  const registry = createRegistry()
  const prom = new PromRegistry()
  for (let metric = 0; metric < 10; metric++) {
    const counter = registry.counter(`shop/orders${metric}`, { fields: { shop: 'string', status: 'int' } })
    const theirs = new PromCounter({
      ...{ name: `shop_orders${metric}_total`, help: 'h', labelNames: ['shop', 'status'], registers: [prom] },
    })
    for (let i = 0; i < 1000; i++) {
      const fields = { shop: `shop-${i % 100}`, status: 200 + Math.floor(i / 100) }
      counter.add(i * 37, fields)
      theirs.inc(fields, i * 37)
    }
  }
  const spread = createRegistry()
  const promSpread = new PromRegistry()
  const distribution = spread.distribution('waits', { unit: 'ms', fields: { shop: 'string' } })
  const buckets = Array.from({ length: 13 }, (_, i) => 10 ** (i / 2.5 - 3))
  const histogram = new PromHistogram({
    ...{ name: 'waits_seconds', help: 'h', labelNames: ['shop'], buckets, registers: [promSpread] },
  })
  for (let i = 0; i < 1000; i++) {
    distribution.add(i, { shop: `shop-${i}` })
    histogram.observe({ shop: `shop-${i}` }, i / 1000)
  }
  const figures = await race(1, 60, {
    ours: () => familiesText(registry.families(), 'prometheus'),
    slices: () => familiesTextInSlices(registry.liveFamilies(), 'prometheus'),
    theirs: () => prom.metrics(),
    spread: () => familiesTextInSlices(spread.liveFamilies(), 'prometheus'),
    promSpread: () => promSpread.metrics(),
  })
  const delays = monitorEventLoopDelay({ resolution: 1 })
  const turns: number[] = []
  for (let i = 0; i < 30; i++) {
    delays.enable()
    await familiesTextInSlices(registry.liveFamilies(), 'prometheus')
    await new Promise((resolve) => setTimeout(resolve, 5))
    delays.disable()
    turns.push(delays.max / 1e6)
    delays.reset()
  }
  const millis = (figure: readonly number[]) => median(figure) / 1e6
  row('10,000 streams as text, in slices', 'ms', millis(figures.slices), 25, millis(figures.theirs))
  row('  the same in one piece', 'ms', millis(figures.ours), 25, millis(figures.theirs))
  row('  longest turn of the event loop, median', 'ms', median(turns), 10)
  row(
    '1,000 distributions as text (16,000 lines)',
    'ms',
    millis(figures.spread),
    25,
    millis(figures.promSpread),
  )
}

/** CPU µs that a request costs a server of node:http more, by the server's own CPU time under `wrk`. */
async function servers(): Promise<void> {
  const serverOf = (made: string) =>
    startNode([
      '--input-type=module',
      '-e',
      `import { createServer } from 'node:http'
       import { createRegistry, meterHandler, meterServer } from './dist/process/index.js'
       const registry = createRegistry()
       const route = () => '/'
       const answer = (_, response) => { response.writeHead(200, { 'content-length': 5 }); response.end('hello') }
       const server = ${made}
       server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port))`,
    ])
  const running = {
    bare: await serverOf('createServer(answer)'),
    classes: await serverOf('createServer(meterServer(registry, { route }), answer)'),
    handler: await serverOf('createServer(meterHandler(registry, answer, { route }))'),
  }
  const figures: Record<keyof typeof running, number[]> = { bare: [], classes: [], handler: [] }
  for (let round = 0; round < SERVER_ROUNDS; round++) {
    for (const name of Object.keys(running) as (keyof typeof running)[]) {
      const { child, url } = running[name]
      const before = cpuSeconds(child.pid!)
      const told = execFileSync('wrk', ['-t1', '-c32', '-d1s', url], { encoding: 'utf8' })
      const requests = Number(/(\d+) requests in/.exec(told)?.[1])
      figures[name].push(((cpuSeconds(child.pid!) - before) * 1e9) / requests)
    }
  }
  for (const { child } of Object.values(running)) child.kill()
  row('a request to bare node:http', 'µs', median(figures.bare) / 1000, Number.POSITIVE_INFINITY)
  row('  with classes that count, more', 'µs', more(figures.classes, figures.bare) / 1000, 1.5)
  row('  with a metered handler, more', 'µs', more(figures.handler, figures.bare) / 1000, 5)
}

await metrics()
await middleware()
await text()
await servers()
console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${cpus()[0]?.model}`)
console.table(rows)
process.exit(0)
