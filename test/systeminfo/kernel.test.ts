/** Our values beside those of the system's own tools, on the machine that runs the tests, while it works. */
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemInfo, type SystemInfoSample, type SystemInfoSource } from '../../src/systeminfo/index.ts'
import { until } from '../support/until.ts'
import { never } from './fixtures.ts'

const MEBIBYTE = 1024 * 1024
let source: SystemInfoSource

beforeAll(() => {
  source = createSystemInfo({ host: false, sensors: false })
})
afterAll(() => source.close())

function tool(ctx: { skip(): void }, command: string, ...args: string[]): string | undefined {
  const ran: SpawnSyncReturns<Buffer> = spawnSync(command, args, { env: { ...process.env, LC_ALL: 'C' } })
  if (ran.error === undefined && ran.status === 0) return ran.stdout.toString()
  console.warn(`SKIPPED: ${command} is not installed`)
  ctx.skip()
  return undefined
}

/** Keeps one CPU busy, in a process of its own. */
function burn(ms: number): void {
  const end = `const end = Date.now() + ${ms}; while (Date.now() < end);`
  spawnSync(process.execPath, ['-e', end])
}

describe.runIf(process.platform === 'linux')('on this machine', () => {
  it('the busy share of the CPUs is that of /proc/stat over the same time', async () => {
    const ticks = () => {
      const all = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/ +/).slice(1, 9).map(Number)
      const total = all.reduce((a, b) => a + b)
      return { total, busy: total - all[3]! - all[4]! }
    }
    const last = await source.collect(0, undefined, never)
    const before = ticks()
    burn(1000)
    await sleep(8000)
    burn(1000)
    const sample = await source.collect(0, last, never)
    const after = ticks()
    const busy = ((after.busy - before.busy) / (after.total - before.total)) * 100
    expect(Math.abs(sample.cpu_average! - busy)).toBeLessThan(2)
    expect(sample.cpu_average).toBeGreaterThan(10 / cpus().length)
  })

  it('memory is what free prints', async (ctx) => {
    const printed = tool(ctx, 'free', '-b')
    if (printed === undefined) return
    const words = printed.split('\n')[1]!.split(/ +/).map(Number)
    const version = tool(ctx, 'free', '--version')!
    const { memory, swap } = await source.collect(0, undefined, never)
    expect(memory!.total).toBe(words[1])
    expect(swap!.total).toBe(Number(printed.split('\n')[2]!.split(/ +/)[1]))
    // Others take and give back memory between the two looks.
    await until(async () => {
      const [, , used, , , , available] = tool(ctx, 'free', '-b')!.split('\n')[1]!.split(/ +/).map(Number)
      const { memory } = await source.collect(0, undefined, never)
      // Before version 4 of procps, what is used is total less free, buffers and cache.
      return isNear(memory!.available, available) && (!/ [4-9]\./.test(version) || isNear(memory!.used, used))
    })
  })

  it('the space of each disk is what df prints', async (ctx) => {
    const disks = async () => Object.entries((await source.collect(0, undefined, never)).disks!)
    for (const [key, { path, total, fstype }] of await disks()) {
      const printed = () =>
        tool(ctx, 'df', '-B1', '--output=size,used,avail,fstype', path)
          ?.trim()
          .split('\n')[1]
          ?.trim()
          .split(/ +/)
      const first = printed()
      if (first === undefined) return
      expect([total, fstype]).toEqual([Number(first[0]), first[3]])
      // Others write between the two looks.
      await until(async () => {
        const disk = Object.fromEntries(await disks())[key]!
        const [, used, free] = printed()!.map(Number)
        return isNear(disk.used, used) && isNear(disk.free, free)
      }, path)
    }
  })

  it('what a disk writes is what was written to it', async (ctx) => {
    const folder = mkdtempSync(join(tmpdir(), 'treering-write-'))
    const bytes = 32 * MEBIBYTE
    const began = performance.now()
    let last = await source.collect(0, undefined, never)
    const total = ({ disks_io }: SystemInfoSample) =>
      Object.values(disks_io!).reduce((sum, disk) => sum + disk.write_bytes, 0)
    if (Object.keys(last.disks_io!).length === 0) {
      console.warn('SKIPPED: this machine has no disk')
      ctx.skip()
      return
    }
    const before = last
    const start = performance.now()
    const fd = openSync(join(folder, 'file'), 'w')
    const block = Buffer.alloc(MEBIBYTE, 'treering')
    for (let written = 0; written < bytes; written += block.length) writeSync(fd, block)
    fsyncSync(fd)
    closeSync(fd)
    rmSync(folder, { recursive: true })
    if (spawnSync('findmnt', ['-nT', folder, '-o', 'FSTYPE']).stdout?.includes('tmpfs')) ctx.skip()
    const end = performance.now()
    last = await source.collect(0, last, never)
    const over = performance.now()
    const wrote = total(last) - total(before)
    expect(wrote).toBeGreaterThanOrEqual(bytes)
    const speed = Object.values(last.disks_io!).reduce((sum, disk) => sum + disk.write_speed!, 0)
    // The time between the two readings, each of which takes a while itself.
    const ms = (wrote / speed) * 1000
    expect(ms).toBeGreaterThan((end - start) * 0.99)
    expect(ms).toBeLessThan((over - began) * 1.01)
    const sectors = /^ *\d+ +\d+ (\S+) \d+ \d+ \d+ \d+ \d+ \d+ (\d+)/gm
    const counters = new Map(
      [...readFileSync('/proc/diskstats', 'utf8').matchAll(sectors)].map((m) => [m[1], m[2]]),
    )
    for (const disk of Object.values(last.disks_io!)) {
      const kernel = Number(counters.get(disk.name)) * 512
      expect(kernel - disk.write_bytes).toBeGreaterThanOrEqual(0)
      expect(kernel - disk.write_bytes).toBeLessThan(64 * MEBIBYTE)
    }
  })

  it('the bytes of each interface are what ip prints', async (ctx) => {
    if (tool(ctx, 'ip', '-V') === undefined) return
    await transfer(8 * MEBIBYTE)
    await until(async () => {
      const before = ip()
      const { interfaces } = (await source.collect(0, undefined, never)).network!
      const after = ip()
      return Object.entries(interfaces!).every(([name, one]) => {
        const [from, to] = [before.get(name)!, after.get(name)!]
        const within = (value: number, low: number, high: number) => low <= value && value <= high
        return within(one.bytes_recv, from.rx, to.rx) && within(one.bytes_sent, from.tx, to.tx)
      })
    })
  })

  it('what is sent over loopback counts at loopback and not in the sum', async () => {
    let last = await source.collect(0, undefined, never)
    const before = last.network!
    const start = performance.now()
    await transfer(32 * MEBIBYTE)
    last = await source.collect(0, last, never)
    const seconds = (performance.now() - start) / 1000
    const lo = last.network!.interfaces!.lo!
    expect(lo.bytes_sent - before.interfaces!.lo!.bytes_sent).toBeGreaterThanOrEqual(32 * MEBIBYTE)
    expect(lo.upload_speed! * seconds).toBeGreaterThan(0.9 * 32 * MEBIBYTE)
    expect(last.network!.bytes_sent - before.bytes_sent).toBeLessThan(32 * MEBIBYTE)
  })

  it('load averages are those of /proc/loadavg', async () => {
    const loads = () => readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).map(Number)
    const before = loads()
    const { load } = await createSystemInfo({ host: false, settleMs: 0 }).collect(0, undefined, never)
    expect([before, loads()]).toContainEqual([load!.load1, load!.load5, load!.load15])
  })
})

/** Whether two figures of something that goes on changing are of the same time. */
function isNear(ours: number, theirs: number | undefined): boolean {
  return Math.abs(ours - theirs!) < 64 * MEBIBYTE
}

/** Received and sent bytes of each interface. */
function ip(): Map<string, { rx: number; tx: number }> {
  const links = JSON.parse(execFileSync('ip', ['-s', '-j', 'link']).toString()) as {
    ifname: string
    stats64: { rx: { bytes: number }; tx: { bytes: number } }
  }[]
  return new Map(links.map(({ ifname, stats64: { rx, tx } }) => [ifname, { rx: rx.bytes, tx: tx.bytes }]))
}

/** Sends bytes over loopback. */
async function transfer(bytes: number): Promise<void> {
  const server = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const socket = createConnection(port, '127.0.0.1')
  socket.end(Buffer.alloc(bytes))
  await new Promise((resolve) => server.once('connection', (peer) => peer.once('end', resolve)))
  await new Promise((resolve) => server.close(resolve))
}
