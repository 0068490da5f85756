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
import { createUptime } from '../src/uptime/index.ts'
import { PaintedMachine } from './paintedmachine.ts'
import { busy, shopCounters, statusesAt, watchedTargets } from './paintedshop.ts'

const OUT = 'docs/images'
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const DESKTOP = { width: 1360, height: 880 }
const PHONE = { width: 390, height: 844 }
const QUALITY = 0.86
/** Files are painted anew when they are older than this. */
const REPAINT_MS = 200
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
  { name: 'overview-dark', path: '/?period=1d', colorScheme: 'dark', viewport: DESKTOP },
  { name: 'machine', path: '/?view=machine&period=1d', colorScheme: 'dark', viewport: DESKTOP },
  {
    name: 'uptime',
    path: '/?view=uptime&period=1d&open=uptime%2Flogin',
    colorScheme: 'light',
    viewport: DESKTOP,
  },
  { name: 'phone', path: '/?period=1d', colorScheme: 'light', viewport: PHONE },
  { name: 'phone-uptime', path: '/?view=uptime&period=1d', colorScheme: 'dark', viewport: PHONE },
]

let at = Date.now()
const end = at

/** Times of a month of reading, ever closer to each other. */
function momentsOf(farMs: number, dayMs: number, hourMs: number, lastMs: number): number[] {
  const steps = [
    [30 * DAY, farMs],
    [DAY, dayMs],
    [HOUR, hourMs],
    [5 * MINUTE, lastMs],
  ] as const
  const times: number[] = []
  for (let ago = 30 * DAY; ago > 2000; ) {
    times.push(end - ago)
    ago -= steps.findLast(([from]) => ago <= from)![1]
  }
  return times
}

/** Fills every ring of these sources as a month of running would have: for them it is always the painted time. */
async function fill(
  dir: string,
  sources: readonly AnySource[],
  times: readonly number[],
  beforeEach: (part: number, seconds: number) => unknown,
): Promise<void> {
  const clock = { now: () => at, monotonic: () => at }
  const pollers = sources.map((source) => new Poller(source, { dir, clock }))
  for (const poller of pollers) poller.load()
  // Rates are of monotonic time.
  const { performance } = globalThis
  Object.defineProperty(performance, 'now', { configurable: true, value: () => at })
  let before = times[0] ?? at
  for (at of times) {
    await beforeEach(busy(at), (at - before) / 1000)
    before = at
    for (const poller of pollers) await poller.poll()
  }
  Reflect.deleteProperty(performance, 'now')
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
const count = shopCounters(writer)
const histories = join(folder, 'metrics')
const minutes = momentsOf(MINUTE, MINUTE, MINUTE, MINUTE)
await fill(
  histories,
  [createUptime({ targets: () => statusesAt(at, end), dir: histories })],
  minutes,
  () => {},
)
await fill(
  histories,
  [createCountersSource({ directory })],
  momentsOf(2 * HOUR, 5 * MINUTE, 12_000, 1000),
  count,
)
const machine = new PaintedMachine(join(folder, 'machine'))
await fill(
  histories,
  [createSystemInfo({ roots: machine.roots, settleMs: 0, clock: () => at, host: false })],
  momentsOf(3 * HOUR, 6 * MINUTE, 15_000, 1000),
  (part) => machine.paint(at, part),
)
/** Painted when it is looked at: what is read is as old as the time it is read at. */
const clock = () => {
  if (Date.now() - at < REPAINT_MS) return at
  at = Date.now()
  machine.paint(at, busy(at))
  return at
}
setInterval(() => count(busy(Date.now()), 0.1), 100)
const { targets, server } = await watchedTargets()
const tree = await init({
  listen: { host: '127.0.0.1', port: 0 },
  dataDir: folder,
  readers: {
    system_info: { type: 'system_info', roots: machine.roots, settleMs: 0, clock },
    uptime: { type: 'uptime', intervalMs: MINUTE, targets },
    counters: { type: 'counters', directory },
    process: { type: 'process' },
  },
})
// Each target is checked within five seconds of its start; a browser that starts would slow the answers.
await sleep(8000)
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox'],
  env: { ...(process.env as Record<string, string>), ...fontsOf(folder) },
})
for (const picture of PICTURES) await take(browser, tree.url, picture)
await browser.close()
await tree.close()
server.close()
writer.close()
rmSync(folder, { recursive: true })
process.exit(0)
