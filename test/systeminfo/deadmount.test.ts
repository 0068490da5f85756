/**
 * A file system whose program never answers, made of `/dev/fuse` by a shell that holds it open and does nothing.
 * It stands for a dead NFS server, which blocks its callers in the same way.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DisksReader, ROUND_MS } from '../../src/systeminfo/disks.ts'
import { KeptFile } from '../../src/systeminfo/files.ts'
import { createSystemInfo } from '../../src/systeminfo/index.ts'
import { RESTART_MS, RemoteSpace } from '../../src/systeminfo/remote.ts'
import { until } from '../support/until.ts'
import { Clock, never, readingOf } from './fixtures.ts'

const dead = mkdtempSync(join(tmpdir(), 'treering-dead-'))
let shell: ChildProcessByStdio<Writable, Readable, null>
let mounted = false

beforeAll(async () => {
  // The shell lets go when its input ends, which it does however this process ends.
  const script = `exec 3<>/dev/fuse && mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 treering '${dead}' &&
    echo ok && read -r line; exec 3>&-; umount -l '${dead}'`
  shell = spawn('bash', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] })
  const said = new Promise<string>((resolve) => {
    shell.stdout.once('data', (text: Buffer) => resolve(text.toString()))
    shell.once('exit', () => resolve(''))
  })
  mounted = (await said).startsWith('ok')
})

afterAll(async () => {
  const ended = new Promise((resolve) => shell.once('exit', resolve))
  if (shell.exitCode === null) {
    shell.stdin.end()
    await ended
  }
  rmdirSync(dead)
})

function skipUnlessMounted(ctx: { skip(): void }): void {
  if (mounted) return
  console.warn('SKIPPED: no FUSE file system can be mounted here (needs root and /dev/fuse)')
  ctx.skip()
}

describe('a dead mount', () => {
  it('is never asked unless it is named', async (ctx) => {
    skipUnlessMounted(ctx)
    const source = createSystemInfo({ host: false })
    const sample = await source.collect(Date.now(), undefined, never)
    expect(Object.values(sample.disks!).map((disk) => disk.path)).not.toContain(dead)
    expect(source.remotePid).toBeUndefined()
    await source.close()
  })

  it('never holds up a reading when it is named, and the others stay fresh', async (ctx) => {
    skipUnlessMounted(ctx)
    const source = createSystemInfo({ host: false, mounts: [dead], settleMs: 0 })
    const times: number[] = []
    let last = await source.collect(Date.now(), undefined, never)
    for (let i = 0; i < 5; i++) {
      const start = performance.now()
      last = await source.collect(Date.now(), last, never)
      times.push(performance.now() - start)
      expect(Object.values(last.disks!).some((disk) => disk.path === '/' && !disk.stale)).toBe(true)
    }
    expect(times.toSorted((a, b) => a - b)[2]).toBeLessThan(500)
    expect(Math.max(...times)).toBeLessThan(2000)
    expect(source.remotePid).toBeGreaterThan(0)
    expect(source.faults!()).toContain(`${dead}, which settings name, does not answer`)
    await source.close()
  })

  it('does not keep the reader of remote file systems alive when the source is closed', async (ctx) => {
    skipUnlessMounted(ctx)
    const source = createSystemInfo({ host: false, mounts: [dead], settleMs: 0 })
    await source.collect(Date.now(), undefined, never)
    const pid = source.remotePid!
    await source.close()
    await gone(pid)
  })

  it('does not keep a process from ending, not even by process.exit', async (ctx) => {
    skipUnlessMounted(ctx)
    const front = fileURLToPath(new URL('../../src/systeminfo/index.ts', import.meta.url))
    const program = `
      import { createSystemInfo } from ${JSON.stringify(front)}
      const source = createSystemInfo({ host: false, mounts: [${JSON.stringify(dead)}] })
      await source.collect(Date.now(), undefined, new AbortController().signal)
      process.stdout.write(String(source.remotePid))
      process.exit(7)`
    const file = join(tmpdir(), `treering-exit-${process.pid}.mts`)
    writeFileSync(file, program)
    const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString()
    })
    const code = await Promise.race([
      new Promise((resolve) => child.once('exit', resolve)),
      sleep(25_000, 'stuck'),
    ])
    child.kill('SIGKILL')
    rmSync(file)
    expect(code).toBe(7)
    await gone(Number(said))
  })

  it('marks the last answer stale once its program stops to answer', async (ctx) => {
    skipUnlessMounted(ctx)
    const folder = mkdtempSync(join(tmpdir(), 'treering-table-'))
    const table = join(folder, 'mounts')
    // The same place is first a folder that answers, then, through a link, the dead mount.
    mkdirSync(join(folder, 'alive'))
    const place = join(folder, 'place')
    symlinkSync(join(folder, 'alive'), place)
    writeFileSync(table, `filer:/x ${place} nfs4 rw 0 0\n`)
    const clock = new Clock()
    const reader = new DisksReader({
      mounts: new KeptFile(table),
      root: '',
      named: [place],
      clock: clock.now,
    })
    try {
      await until(async () => (await readingOf(reader))['filer:/x'] !== undefined)
      expect((await readingOf(reader))['filer:/x']).not.toHaveProperty('stale')
      unlinkSync(place)
      symlinkSync(dead, place)
      clock.ms += ROUND_MS
      await readingOf(reader)
      clock.ms += 300
      const start = performance.now()
      expect((await readingOf(reader))['filer:/x']).toMatchObject({ path: place, stale: true })
      expect(performance.now() - start).toBeLessThan(2000)
    } finally {
      reader.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('leaves threads for others when local file systems are stuck', async (ctx) => {
    skipUnlessMounted(ctx)
    const folder = mkdtempSync(join(tmpdir(), 'treering-stuck-'))
    const table = join(folder, 'mounts')
    const lines = [1, 2, 3, 4, 5].map((n) => {
      symlinkSync(dead, join(folder, `${n}`))
      return `/dev/sd${n} ${folder}/${n} ext4 rw 0 0\n`
    })
    writeFileSync(table, `/dev/sda1 / ext4 rw 0 0\n${lines.join('')}`)
    const clock = new Clock()
    const reader = new DisksReader({ mounts: new KeptFile(table), root: '', named: [], clock: clock.now })
    try {
      expect(Object.keys(await readingOf(reader))).toEqual(['/dev/sda1'])
      clock.ms += ROUND_MS
      await readingOf(reader)
      clock.ms += ROUND_MS
      expect((await readingOf(reader))['/dev/sda1']).toMatchObject({ path: '/', stale: true })
      const start = performance.now()
      await stat('/')
      expect(performance.now() - start).toBeLessThan(2000)
    } finally {
      reader.close()
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the reader of remote file systems', () => {
  it('is started again after it was killed, though not at once', async () => {
    const clock = new Clock()
    const remote = new RemoteSpace(1, clock.now)
    const ask = () => new Promise((resolve) => remote.ask('/', (error, stats) => resolve(error ?? stats)))
    try {
      expect(await ask()).toMatchObject({ bsize: expect.any(Number) })
      const first = remote.pid!
      process.kill(first, 'SIGKILL')
      await until(async () => remote.pid === undefined)
      expect(String(await ask())).toContain('their reader ended')
      clock.ms += RESTART_MS
      expect(await ask()).toMatchObject({ bsize: expect.any(Number) })
      expect(remote.pid).not.toBe(first)
    } finally {
      remote.close()
    }
  })

  it('tells the error of a path that is not there', async () => {
    const remote = new RemoteSpace(1, new Clock().now)
    const error = await new Promise((resolve) => remote.ask('/nonexistent', resolve))
    expect(error).toBe('ENOENT')
    remote.close()
  })

  it('answers for names with quotes and line breaks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'treering-name-'))
    const path = join(folder, 'a "b"\nc')
    mkdirSync(path)
    const remote = new RemoteSpace(1, new Clock().now)
    expect(
      await new Promise((resolve) => remote.ask(path, (_, stats) => resolve(stats?.blocks))),
    ).toBeGreaterThan(0)
    remote.close()
    rmSync(folder, { recursive: true })
  })
})

async function gone(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(0)
  await until(async () => !existsSync(`/proc/${pid}`) || isZombie(pid))
}

/** A killed child whose thread is still in the kernel waits there; it holds nothing of ours. */
function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}
