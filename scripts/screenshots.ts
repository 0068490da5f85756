/**
 * Takes the pictures of the page that the documents show: `npx tsx scripts/screenshots.ts` after `npm run build`, on Debian
 * with chromium (and fonts-inter, where it is wanted). Writes docs/images/*.webp.
 *
 * The machine, its targets and its counters are a shop's that is painted here; the disks' space and the CPU's name are this machine's.
 * What is on the pictures went through files, rings, server and browser like anybody's.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, chromium } from 'playwright-core'
import { createCounters, createCountersSource } from '../src/counters/index.ts'
import { init } from '../src/index.ts'
import { type AnySource, Poller } from '../src/period/index.ts'
import { createSystemInfo } from '../src/systeminfo/index.ts'
import { createUptime, type SuppliedStatus } from '../src/uptime/index.ts'
import { PaintedMachine } from './paintedmachine.ts'

const OUT = 'docs/images'
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const DESKTOP = { width: 1360, height: 880 }
const PHONE = { width: 390, height: 844 }
const QUALITY = 0.86
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

interface Picture {
  readonly name: string
  readonly path: string
  readonly colorScheme: 'light' | 'dark'
  readonly viewport: { readonly width: number; readonly height: number }
}

const PICTURES: readonly Picture[] = [
  { name: 'overview', path: '/?period=1d', colorScheme: 'light', viewport: DESKTOP },
  { name: 'machine', path: '/?view=machine&period=1d', colorScheme: 'dark', viewport: DESKTOP },
  {
    name: 'uptime',
    path: '/?view=uptime&period=1d&open=uptime%2Flogin',
    colorScheme: 'light',
    viewport: DESKTOP,
  },
  {
    name: 'counters',
    path: '/?view=counters&period=1h&open=counters%2Fshop.dat%2Forders',
    colorScheme: 'light',
    viewport: DESKTOP,
  },
  { name: 'phone', path: '/?period=1d', colorScheme: 'light', viewport: PHONE },
  { name: 'phone-dark', path: '/?view=uptime&period=1d', colorScheme: 'dark', viewport: PHONE },
  { name: 'status', path: '/status?period=1mo', colorScheme: 'light', viewport: { width: 860, height: 820 } },
]

/** Outages, and the kind of target it is. */
const TARGETS: Readonly<
  Record<
    string,
    readonly [group: string, latencyMs: number, ...outages: (readonly [agoMs: number, forMs: number])[]]
  >
> = {
  'home page': ['shop', 38],
  checkout: ['shop', 62, [9 * DAY, 2 * HOUR], [5.2 * HOUR, 41 * MINUTE]],
  login: ['shop', 24, [17 * DAY, 5 * HOUR], [23 * MINUTE, Number.POSITIVE_INFINITY]],
  search: ['shop', 91, [3 * DAY, 9 * HOUR]],
  images: ['shop', 12],
  postgres: ['storage', 1.4],
  redis: ['storage', 0.6],
  backup: ['storage', 7.5, [12.5 * DAY, 8 * HOUR]],
  mail: ['office', 110, [21 * DAY, 3 * HOUR]],
  dns: ['office', 3.2],
  printer: ['office', 9],
}

let at = Date.now()
const end = at

/** How busy a shop is at this time of day, 0…1. */
function busy(ms: number): number {
  const hour = (ms % DAY) / HOUR
  return 0.25 + 0.55 * Math.exp(-((hour - 13) ** 2) / 18) + 0.1 * Math.sin(ms / (1.7 * HOUR))
}

function supply(): Record<string, SuppliedStatus> {
  const status = (alias: string, outages: readonly (readonly [number, number])[]): SuppliedStatus => {
    const ago = end - at
    if (outages.some(([from, length]) => ago <= from && ago > from - length))
      return { status: 'unhealthy', reason: 'cannot connect to 10.2.0.14:8443: connection refused' }
    return { status: alias === 'printer' && busy(at) < 0.45 ? 'napping' : 'healthy' }
  }
  return Object.fromEntries(
    Object.entries(TARGETS).map(([alias, [group, latency, ...outages]]) => {
      const slow = 1 + busy(at) * (0.6 + Math.random() * 0.5)
      return [alias, { latencyMs: latency * slow, group, ...status(alias, outages) }]
    }),
  )
}

/** Times of a month of reading, ever closer to each other. */
function momentsOf(farMs: number, dayMs: number, hourMs: number): number[] {
  const steps = [
    [30 * DAY, farMs],
    [DAY, dayMs],
    [HOUR, hourMs],
    [5 * MINUTE, 1000],
  ] as const
  const times: number[] = []
  for (let ago = 30 * DAY; ago > 2000; ) {
    times.push(end - ago)
    ago -= steps.findLast(([from]) => ago <= from)![1]
  }
  return times
}

/** Fills every ring of these sources as a month of running would have. */
async function fill(
  dir: string,
  sources: readonly AnySource[],
  times: readonly number[],
  beforeEach: (part: number) => unknown,
): Promise<void> {
  const clock = { now: () => at, monotonic: () => at }
  const pollers = sources.map((source) => new Poller(source, { dir, clock }))
  for (const poller of pollers) poller.load()
  for (at of times) {
    await beforeEach(busy(at))
    for (const poller of pollers) await poller.poll()
  }
  at = end
  for (const poller of pollers) await poller.stop()
}

async function take(
  browser: Browser,
  url: string,
  { name, path, colorScheme, viewport }: Picture,
): Promise<void> {
  const look = { colorScheme, viewport, deviceScaleFactor: 1.5, locale: 'en-GB', timezoneId: 'Europe/Berlin' }
  const page = await browser.newPage(look)
  await page.goto(url + path)
  await page.waitForTimeout(3500)
  const png = (await page.screenshot()).toString('base64')
  await page.close()
  const blank = await browser.newPage()
  const webp = await blank.evaluate(
    `(async () => {
      const image = new Image()
      image.src = 'data:image/png;base64,${png}'
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      canvas.getContext('2d').drawImage(image, 0, 0)
      return canvas.toDataURL('image/webp', ${QUALITY})
    })()`,
  )
  await blank.close()
  const file = join(OUT, `${name}.webp`)
  writeFileSync(file, Buffer.from(String(webp).split(',')[1]!, 'base64'))
  console.log(`${file}: ${(statSync(file).size / 1000).toFixed(0)} kB`)
}

/** Letters as most people's systems have them, where Inter is installed; headless Debian would take DejaVu. */
function fontsOf(folder: string): Record<string, string> {
  const file = join(folder, 'fonts.conf')
  const prefer = `<edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit>`
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <match target="pattern"><test name="family" compare="contains"><string>sans</string></test>${prefer}</match>
    <match target="pattern"><test name="family"><string>system-ui</string></test>${prefer}</match>
    <include ignore_missing="yes">/etc/fonts/fonts.conf</include></fontconfig>`,
  )
  return { FONTCONFIG_FILE: file }
}

const folder = mkdtempSync(join(tmpdir(), 'treering-pictures-'))
const directory = join(folder, 'counters')
mkdirSync(join(folder, 'metrics'), { recursive: true })
mkdirSync(directory)
mkdirSync(OUT, { recursive: true })
const writer = createCounters(join(directory, 'shop.dat'), { statics: { version: '4.2.1' } })
const counters = [
  'orders',
  'orders failed',
  'baskets',
  'payments',
  'bytes sent',
  'cache hits',
  'cache misses',
  'mails sent',
  'logins',
  'logins refused',
].map((label) => writer.addCounter(label))
const count = (part: number) => {
  for (const [i, counter] of counters.entries())
    counter.add(BigInt(Math.round(part * (3 + i * 7) * (0.6 + Math.random()))))
}

const targets = createUptime({ targets: supply })
const histories = join(folder, 'metrics')
// Checks are counted: what is closer together counts no more than it would have.
await fill(histories, [targets], momentsOf(MINUTE, MINUTE, 10_000), () => {})
await fill(histories, [createCountersSource({ directory })], momentsOf(2 * HOUR, 5 * MINUTE, 12_000), count)
const machine = new PaintedMachine(join(folder, 'machine'))
const reading = { roots: machine.roots, settleMs: 0, clock: () => at }
await fill(
  histories,
  [createSystemInfo({ ...reading, host: false })],
  momentsOf(3 * HOUR, 6 * MINUTE, 15_000),
  (part) => machine.paint(at, part),
)
setInterval(() => {
  at = Date.now()
  count(0.1)
}, 100)
setInterval(() => machine.paint(at, busy(at)), 500)
const tree = await init(
  {
    listen: { host: '127.0.0.1', port: 0 },
    dataDir: folder,
    readers: { system_info: { type: 'system_info', ...reading }, counters: { type: 'counters', directory } },
  },
  { sources: [targets] },
)
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox'],
  env: { ...(process.env as Record<string, string>), ...fontsOf(folder) },
})
await sleep(3000)
for (const picture of PICTURES) await take(browser, tree.url, picture)
await browser.close()
await tree.close()
writer.close()
rmSync(folder, { recursive: true })
process.exit(0)
