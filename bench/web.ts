/**
 * The page in a browser: its size, its first chart, the CPU of twenty live charts, its heap, and scrolling through long tables.
 *
 * Defends: ≤ 80 kB packed; first chart ≤ 500 ms after navigation; 20 live charts ≤ 10 % of one core; no growth of the heap. The
 * peer is a page of twenty bare uPlot charts of the same size that draw the same number of points once a second.
 * `MINUTES=10` looks at the heap for ten minutes instead of two.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import { createCounters } from '../src/counters/index.ts'
import { fillHistory } from './support/history.ts'
import { cpuSeconds, median, newFolder, sleep, startTreering } from './support/program.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const MINUTES = Number(process.env.MINUTES ?? 2)
const CHARTS = 20
const SECONDS = 20
const ROUNDS = 7
const AGGREGATES = [
  'cpu_average',
  'memory_usage',
  'memory_usage_percent',
  'network_speed',
  'disk_usage',
  'load_average',
]
const PINS = Array.from({ length: CHARTS }, (_, i) => ({
  source: 'system_info',
  aggregate: AGGREGATES[i % AGGREGATES.length],
  title: `chart ${i}`,
  unit: 'number',
  // A parameter of its own makes it a chart of its own.
  params: { limit: String(1000 + i) },
}))

const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })

/** Processes of this browser by type: `renderer`, `gpu-process`, …; the first is `browser`. */
function processesOf(pid: number): [type: string, pid: number][] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  const type = /--type=([\w-]+)/.exec(command)?.[1] ?? 'browser'
  return [[type, pid], ...children.flatMap(processesOf)]
}

/** CPU that the page's own process uses, and all of the browser, in percent of one core. */
async function cpuOf(browserPid: number): Promise<{ page: number; all: number }> {
  const read = () => processesOf(browserPid).map(([type, pid]) => ({ type, pid, seconds: cpuSeconds(pid) }))
  const before = new Map(read().map(({ pid, seconds }) => [pid, seconds]))
  await sleep(SECONDS * 1000)
  const used = read().map(({ type, pid, seconds }) => ({
    type,
    seconds: seconds - (before.get(pid) ?? seconds),
  }))
  const percent = (types: (type: string) => boolean) =>
    (used.filter(({ type }) => types(type)).reduce((sum, { seconds }) => sum + seconds, 0) / SECONDS) * 100
  return { page: percent((type) => type === 'renderer'), all: percent(() => true) }
}

/** Starts a browser and tells its process. */
async function browserWithPid(): Promise<{ browser: Browser; pid: number }> {
  const own = new Set(childrenOf(process.pid))
  const browser = await launch()
  const pid = childrenOf(process.pid).find((child) => !own.has(child))!
  return { browser, pid }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
}

function printSize(): void {
  let [plain, packed] = [0, 0]
  for (const name of readdirSync('dist/web', { recursive: true, encoding: 'utf8' })) {
    if (!/\.(html|js|css|svg)$/.test(name)) continue
    const body = readFileSync(join('dist/web', name))
    plain += body.length
    packed += gzipSync(body, { level: 9 }).length
  }
  const alone = gzipSync(readFileSync('node_modules/uplot/dist/uPlot.iife.min.js'), { level: 9 }).length
  console.log(
    `size: ${(packed / 1000).toFixed(1)} kB packed, ${(plain / 1000).toFixed(0)} kB plain, both pages and all views; uPlot alone is ${(alone / 1000).toFixed(1)} kB (budget ≤ 80 kB)`,
  )
}

async function firstChart(browser: Browser, url: string): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${url}/?view=machine&period=1h`)
    const at = await page.waitForFunction(() => performance.getEntriesByName('first-chart')[0]?.startTime)
    times.push((await at.jsonValue()) as number)
    await context.close()
  }
  console.log(
    `first chart: ${median(times).toFixed(0)} ms after navigation, nothing kept by the browser; longest ${Math.max(...times).toFixed(0)} ms (budget ≤ 500 ms)`,
  )
}

async function twentyCharts(url: string, peer: string): Promise<void> {
  const cpu = { ours: { page: 0, all: 0 }, bare: { page: 0, all: 0 } }
  for (const [name, at] of [
    ['bare', peer],
    ['ours', url],
  ] as const) {
    const { browser, pid } = await browserWithPid()
    const page = await browser.newPage({ viewport: { width: 1600, height: 3200 } })
    await page.addInitScript(`localStorage.setItem('treering.pins', ${JSON.stringify(JSON.stringify(PINS))})`)
    await page.goto(at)
    await page
      .locator('canvas')
      .nth(CHARTS - 1)
      .waitFor()
    await sleep(4000)
    cpu[name] = await cpuOf(pid)
    if (name === 'ours') await heap(page)
    await browser.close()
  }
  const { ours, bare } = cpu
  console.log(
    `20 live charts: the page's process ${ours.page.toFixed(1)} % of a core, the whole browser without a graphics card ${ours.all.toFixed(1)} %; ` +
      `bare uPlot ${bare.page.toFixed(1)} % and ${bare.all.toFixed(1)} %: ${(ours.page / bare.page).toFixed(2)} × (budget ≤ 10 %)`,
  )
}

async function heap(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const used = async () => {
    // What the first finds is let go of by the second.
    await session.send('HeapProfiler.collectGarbage')
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6
  }
  const seen: number[] = []
  for (let half = 0; half <= MINUTES * 2; half++) {
    seen.push(await used())
    if (half < MINUTES * 2) await sleep(30_000)
  }
  const [first, last] = [median(seen.slice(0, 5)), median(seen.slice(-5))]
  console.log(
    `heap of 20 live charts after a collection, medians of five half minutes: ${first.toFixed(2)} MB at first, ${last.toFixed(2)} MB after ${MINUTES} minutes ` +
      `(${seen.map((mb) => mb.toFixed(1)).join(' ')}; budget: no growth)`,
  )
}

/** Scrolls from top to bottom in steps, and tells how long frames took. */
async function scrolled(page: Page): Promise<string> {
  // As text: the program that runs this file names its functions by a helper that the page does not have.
  const gaps = (await page.evaluate(`(async () => {
    const times = []
    const frame = () => new Promise(requestAnimationFrame)
    let last = await frame()
    for (let step = 0; step < 200; step++) {
      scrollTo(0, (document.body.scrollHeight * step) / 200)
      const now = await frame()
      times.push(now - last)
      last = now
    }
    return times.sort((a, b) => a - b)
  })()`)) as number[]
  const at = (part: number) => gaps[Math.floor((gaps.length - 1) * part)]!.toFixed(0)
  return `frames of ${at(0.5)} ms, 95 of 100 under ${at(0.95)} ms, longest ${at(1)} ms`
}

async function longTables(browser: Browser): Promise<void> {
  const dir = newFolder()
  const folder = join(dir, 'counters')
  mkdirSync(folder)
  const writer = createCounters(join(folder, 'app.dat'), { capacity: 2000 })
  const counters = Array.from({ length: 2000 }, (_, i) => writer.addCounter(`counter ${i}`))
  const timer = setInterval(() => counters.forEach((counter, i) => void counter.add(BigInt(i))), 500)
  const targets = Array.from({ length: 1000 }, (_, i) => `target-${i}: "push:25h"`).join(', ')
  writeFileSync(
    join(dir, 'treering.yaml'),
    `readers: { counters: { directory: ${folder} }, uptime: { targets: { ${targets} } } }`,
  )
  const { url, child } = await startTreering(dir, ['--config', join(dir, 'treering.yaml')])
  const page = await browser.newPage()
  await page.goto(`${url}/?view=counters`)
  await page.waitForSelector('tbody tr')
  await sleep(2000)
  console.log(`scroll through 2,000 live counters: ${await scrolled(page)}`)
  await page.goto(`${url}/?view=uptime`)
  await page.waitForSelector('tbody tr')
  await sleep(2000)
  console.log(`scroll through 1,000 targets: ${await scrolled(page)}`)
  await page.close()
  clearInterval(timer)
  writer.close()
  child.kill()
}

/** Twenty bare charts, a hundred points and a band each, drawn anew once a second. */
const BARE = `<!doctype html><link rel=stylesheet href=/u.css><body><script src=/u.js></script><script>
const make = (i) => { const d = document.createElement('div'); d.style.cssText = 'float:left'; document.body.append(d)
  const line = { stroke: '#06a', width: 1.5 }, none = { stroke: 'transparent', width: 0 }
  return new uPlot({ width: 770, height: 168, legend: { show: false }, series: [{}, line, none, none], bands: [{ series: [3, 2], fill: '#06a3' }] }, [[], [], [], []], d) }
const plots = Array.from({ length: ${CHARTS} }, (_, i) => make(i)), x = () => Array.from({ length: 100 }, (_, i) => Date.now() / 1000 - 300 + i * 3)
const draw = () => { for (const plot of plots) { const y = Array.from({ length: 100 }, Math.random); plot.setData([x(), y, y.map((v) => v - 0.2), y.map((v) => v + 0.2)]) } }
draw(); setInterval(draw, 1000)</script>`

function startPeer(): Promise<string> {
  const files: Readonly<Record<string, string>> = {
    '/u.js': readFileSync('node_modules/uplot/dist/uPlot.iife.min.js', 'utf8'),
    '/u.css': readFileSync('node_modules/uplot/dist/uPlot.min.css', 'utf8'),
  }
  const server = createServer((request, answer) => {
    const type =
      request.url === '/u.css' ? 'text/css' : request.url === '/u.js' ? 'text/javascript' : 'text/html'
    answer.setHeader('content-type', type).end(files[request.url ?? ''] ?? BARE)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as { port: number }).port}/`),
    )
  })
}

printSize()
const dataDir = newFolder()
await fillHistory(dataDir)
const { url } = await startTreering(dataDir)
const browser = await launch()
await firstChart(browser, url)
await longTables(browser)
await browser.close()
await twentyCharts(url, await startPeer())
process.exit(0)
