import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Poller, withPeriods } from '../../src/period/index.ts'
import { TestClock } from '../support/clock.ts'
import { ask, depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'
import { need } from '../support/need.ts'
import { until } from '../support/until.ts'

/** A poller that is beaten by hand, one second a beat, and counts up. */
function countingPoller(dir: string, clock = new TestClock(), log = keptLog()) {
  let count = 0
  const poller = new Poller(
    depthSource(() => count++),
    { dir, clock, log },
  )
  poller.load()
  onTestFinished(() => poller.stop())
  async function poll(beats: number): Promise<void> {
    for (let i = 0; i < beats; i++) {
      clock.pass(1000)
      await poller.poll()
    }
  }
  const rows = (period = '5m') => poller.query(ask(period)).data as { timestamp: number; depth: number }[]
  return { poller, poll, rows, clock, log, path: join(dir, 'depth.json') }
}

/** Waits until so many lines of a journal are on the disk. */
const written = (dir: string, lines: number) =>
  until(() => {
    const journal = join(dir, 'depth.journal')
    return existsSync(journal) && readFileSync(journal, 'utf8').split('\n').filter(Boolean).length >= lines
  }, `${lines} lines of the journal`)

describe('a history file', () => {
  it('has the shape of the original, with the times of its slots beside it', async () => {
    const { poller, poll, path } = countingPoller(newFolder())
    await poll(6)
    await poller.save()
    const file = JSON.parse(readFileSync(path, 'utf8'))
    expect(Object.keys(file.entries)).toEqual(['5m', '15m', '1h', '1d', '1mo'])
    expect(file.entries['1mo'].interval).toBe('7h12m0s')
    expect(file.entries['5m'].entries).toHaveLength(2)
    expect(file.entries['5m'].timestamps).toEqual([1_700_000_001, 1_700_000_004])
  })

  it('is loaded as it was saved', async () => {
    const dir = newFolder()
    const before = countingPoller(dir)
    await before.poll(400)
    await before.poller.stop()
    const after = countingPoller(dir, before.clock)
    for (const period of ['5m', '15m', '1h', '1d', '1mo'])
      expect(after.rows(period)).toEqual(before.rows(period))
    expect(existsSync(join(dir, 'depth.journal'))).toBe(false)
  })

  it('keeps the mean and the peak of a slot that spans a restart', async () => {
    const dir = newFolder()
    const before = countingPoller(dir, new TestClock(0))
    await before.poll(10)
    await before.poller.stop()
    const after = countingPoller(dir, before.clock)
    await after.poll(1)
    expect(after.poller.query(ask('1mo', { stat: 'max' })).data).toEqual([{ timestamp: 11, depth: 9 }])
    expect(after.poller.query(ask('1mo')).data).toEqual([{ timestamp: 11, depth: 45 / 11 }])
  })

  it('is never replaced by a poller that did not load it', async () => {
    const dir = newFolder()
    const before = countingPoller(dir)
    await before.poll(5)
    await before.poller.stop()
    const text = readFileSync(before.path, 'utf8')
    const other = new Poller(
      depthSource(() => 0),
      { dir },
    )
    await other.save()
    await other.stop()
    expect(readFileSync(before.path, 'utf8')).toBe(text)
  })

  it.each([
    ['cut', (text: string) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['of a later version', (text: string) => text.replace('"version":1', '"version":2')],
    ['no history', () => '[1,2,3]'],
    ['without lists', () => '{"entries":{"5m":{"entries":{"a":1}}}}'],
  ])('that is %s is moved aside, and the one before it is read', async (_, damage) => {
    const dir = newFolder()
    const before = countingPoller(dir)
    await before.poll(5)
    await before.poller.save()
    const good = before.rows()
    await before.poll(1)
    await before.poller.stop()
    const damaged = damage(readFileSync(before.path, 'utf8'))
    writeFileSync(before.path, damaged)

    const after = countingPoller(dir, before.clock)
    expect(after.rows()).toEqual(good)
    const [kept] = readdirSync(dir).filter((name) => name.startsWith('depth.json.corrupt-'))
    expect(readFileSync(join(dir, kept!), 'utf8')).toBe(damaged)
    expect(after.log.said.map(({ message }) => message)).toContain('cannot read history, the file is kept')
    await after.poll(1)
    await after.poller.stop()
    expect(readdirSync(dir)).toContain(kept)
  })

  it('with 5,000 entries gives the newest 100', async () => {
    const dir = newFolder()
    const clock = new TestClock(1_700_000_100_000)
    const entries = Array.from({ length: 5000 }, (_, i) => ({
      timestamp: 1_700_000_100 - 4999 + i,
      stat: [1, i, i, i],
    }))
    writeFileSync(
      join(dir, 'depth.json'),
      JSON.stringify({ entries: { '5m': { entries, interval: 1_000_000_000 } } }),
    )
    const { rows } = countingPoller(dir, clock)
    expect(rows()).toHaveLength(100)
    expect(rows().at(-1)).toEqual({ timestamp: 1_700_000_100, depth: 4999 })
    expect(rows()[0]!.timestamp).toBeGreaterThan(1_700_000_100 - 300)
  })

  it('with times in the future loses none of its past', async () => {
    const dir = newFolder()
    const clock = new TestClock(1_700_000_000_000)
    const at = (timestamp: number) => ({ timestamp, stat: [1, 1, 1, 1] })
    const entries = [at(1_699_999_990), at(1_699_999_990 + 300 * 1000), at(1_700_000_000 + 7)]
    writeFileSync(join(dir, 'depth.json'), JSON.stringify({ entries: { '5m': { entries, interval: '3s' } } }))
    const { rows, poller, path } = countingPoller(dir, clock)
    expect(rows().map(({ timestamp }) => timestamp)).toEqual([1_699_999_990])
    await poller.save()
    expect(JSON.parse(readFileSync(path, 'utf8')).entries['5m'].entries).toHaveLength(2)
  })

  it('with a time that is none keeps the file, and tells', () => {
    const dir = newFolder()
    const at = (timestamp: number) => ({ timestamp, stat: [1, 1, 1, 1] })
    const entries = [at(-1e300), at(1_699_999_990)]
    writeFileSync(join(dir, 'depth.json'), JSON.stringify({ entries: { '5m': { entries, interval: '3s' } } }))
    const { rows, log } = countingPoller(dir, new TestClock(1_700_000_000_000))
    expect(rows().map(({ timestamp }) => timestamp)).toEqual([1_699_999_990])
    expect(log.said[0]).toMatchObject({ message: 'history entries left out, the file is kept' })
  })

  it('without any times is spaced backwards from when it was written', () => {
    const dir = newFolder()
    const path = join(dir, 'depth.json')
    const entries = [10, 20, 30].map((depth) => ({ stat: [1, depth, depth, depth] }))
    writeFileSync(path, JSON.stringify({ entries: { '1h': { entries, interval: '36s' } } }))
    const { poller, rows } = countingPoller(dir, new TestClock(statSync(path).mtimeMs))
    expect(rows('1h').map(({ depth }) => depth)).toEqual([10, 20, 30])
    expect(poller.query(ask('5m')).total).toBe(0)
  })

  it('whose interval is another places its entries anew', () => {
    const dir = newFolder()
    const entries = [0, 9, 18, 27].map((s) => ({ timestamp: 1_700_000_000 + s, stat: [1, s, s, s] }))
    writeFileSync(join(dir, 'depth.json'), JSON.stringify({ entries: { '5m': { entries, interval: '9s' } } }))
    const { rows } = countingPoller(dir, new TestClock(1_700_000_030_000))
    expect(rows().map(({ timestamp }) => timestamp - 1_700_000_000)).toEqual([0, 9, 18, 27])
  })

  it('keeps a copy when some of its entries are none', async () => {
    const dir = newFolder()
    const source = depthSource(() => 1)
    source.decode = (json) => {
      if (typeof (json as { timestamp?: unknown }).timestamp !== 'number') throw new Error('no entry')
      return json as never
    }
    const entries = [{ timestamp: 1_700_000_000, stat: [1, 1, 1, 1] }, { nonsense: true }]
    const path = join(dir, 'depth.json')
    writeFileSync(path, JSON.stringify({ entries: { '5m': { entries, interval: '3s' } } }))
    // An entry without a time is spaced backwards from here: not where the other lies.
    utimesSync(path, 1_699_999_900, 1_699_999_900)
    const poller = new Poller(source, { dir, clock: new TestClock(1_700_000_001_000) })
    poller.load()
    expect(poller.query(ask('5m')).total).toBe(1)
    expect(readdirSync(dir).some((name) => name.includes('.corrupt-'))).toBe(true)
  })
})

describe('a save during which the clock is set back', () => {
  it('counts no sample twice after a crash', async () => {
    const dir = newFolder()
    const before = countingPoller(dir, new TestClock(1_700_000_000_000))
    await before.poll(200)
    const saving = before.poller.save()
    before.clock.jump(-100_000)
    await before.poll(5)
    await saving
    await before.poll(2)
    await written(dir, 5)
    const after = countingPoller(dir, before.clock)
    const count = (ring: string) =>
      Object.values(
        JSON.parse(readFileSync(join(dir, 'depth.json'), 'utf8')).entries[ring].entries as {
          stat: number[]
        }[],
      ).reduce((sum, { stat }) => sum + stat[0]!, 0)
    await after.poller.save()
    expect(count('1mo')).toBeLessThanOrEqual(207)
    expect(count('1mo')).toBeGreaterThanOrEqual(205)
  })
})

describe('a file that breaks off in a later ring', () => {
  it('leaves nothing behind in the rings before it', async () => {
    const dir = newFolder()
    const before = countingPoller(dir, new TestClock(0))
    await before.poll(10)
    await before.poller.save()
    await before.poll(5)
    await before.poller.save()
    const broken = JSON.parse(readFileSync(before.path, 'utf8'))
    broken.entries['1mo'].entries = { none: 1 }
    writeFileSync(before.path, JSON.stringify(broken))
    const after = countingPoller(dir, before.clock)
    expect(after.poller.query(ask('1d')).data).toEqual([{ timestamp: 10, depth: 4.5 }])
  })
})

describe('a ring that is not configured any more', () => {
  it('is kept in the file as it is, and goes on when it is configured again', async () => {
    const dir = newFolder()
    const clock = new TestClock()
    const withYear = { dir, clock, periods: withPeriods({ '1y': 365 * 86_400_000 }) }
    const run = async (options: object, depth: number) => {
      const poller = new Poller(
        depthSource(() => depth),
        { dir, clock, ...options },
      )
      poller.load()
      clock.pass(1000)
      await poller.poll()
      return poller
    }
    await (await run(withYear, 5)).stop()
    await (await run({}, 6)).stop()
    await (await run({}, 7)).stop()
    const again = await run(withYear, 9)
    onTestFinished(() => again.stop())
    expect(again.query(ask('1y')).data).toEqual([{ timestamp: 1_700_000_004, depth: 7 }])
  })
})

describe('the journal', () => {
  it('gives back what was sampled since the last save', async () => {
    const dir = newFolder()
    const before = countingPoller(dir)
    await before.poll(20)
    await before.poller.save()
    await before.poll(21)
    await written(dir, 19)
    const after = countingPoller(dir, before.clock)
    const newest = after.poller.query(ask('1mo', { stat: 'max' })).data as { depth: number }[]
    // The two newest lines may still wait for the one after them.
    expect(newest[0]!.depth).toBeGreaterThanOrEqual(38)
    const whole = after.rows().slice(0, -1)
    expect(before.rows().length - whole.length).toBeLessThanOrEqual(2)
    expect(whole).toEqual(before.rows().slice(0, whole.length))
  })

  it('counts no sample twice when a crash comes between the save and the end of the journal', async () => {
    const dir = newFolder()
    const before = countingPoller(dir, new TestClock(0))
    await before.poll(10)
    await written(dir, 9)
    const journal = readFileSync(join(dir, 'depth.journal'))
    await before.poller.stop()
    writeFileSync(join(dir, 'depth.journal.1'), journal)
    const after = countingPoller(dir, before.clock)
    expect(after.poller.query(ask('1mo')).data).toEqual([{ timestamp: 10, depth: 4.5 }])
  })

  it('passes over a cut line and goes on behind it', async () => {
    const dir = newFolder()
    const before = countingPoller(dir)
    await before.poll(5)
    await before.poller.save()
    await before.poll(4)
    await written(dir, 4)
    const journal = join(dir, 'depth.journal')
    truncateSync(journal, statSync(journal).size - 5)
    const middle = countingPoller(dir, before.clock)
    await middle.poll(3)
    await written(dir, 5)
    const after = countingPoller(dir, middle.clock)
    expect(middle.log.said.map(({ message }) => message)).toContain('journal lines left out')
    expect(after.rows().length).toBeGreaterThanOrEqual(middle.rows().length - 1)
    appendFileSync(journal, '\0\0\0\0')
    expect(countingPoller(dir, middle.clock).rows()).toEqual(after.rows())
  })
})

describe('a full disk', () => {
  /** A file system of 64 KiB; undefined where mounting is not allowed. */
  function tinyDisk(): string | undefined {
    const dir = newFolder()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir], { stdio: 'ignore' })
      onTestFinished(() => void execFileSync('umount', ['-l', dir], { stdio: 'ignore' }))
      return dir
    } catch {
      return undefined
    }
  }

  it('is said once, keeps the old file and the polling, and ends with the next save', async (context) => {
    const disk = tinyDisk()
    need(context, disk !== undefined, 'the right to mount a tmpfs')
    if (disk === undefined) return
    const { poller, poll, rows, log, path, clock } = countingPoller(disk)
    await poll(10)
    await poller.save()
    const old = readFileSync(path, 'utf8')
    const ballast = join(disk, 'ballast')
    try {
      appendFileSync(ballast, Buffer.alloc(64 * 1024))
    } catch {
      // The disk is full now.
    }
    await poll(30)
    await until(() => !poller.status().saved, 'the journal shows it before the next save')
    await poller.save()
    await poller.save()
    expect(log.said.filter(({ message }) => message === 'cannot save history')).toHaveLength(1)
    expect(readFileSync(path, 'utf8')).toBe(old)
    expect(poller.status()).toMatchObject({ polls: 40, failures: 0, saved: false })
    truncateSync(ballast, 0)
    await poller.save()
    await poll(2)
    await until(() => poller.status().saved)
    expect(log.said.map(({ message }) => message)).toContain('history saved again')
    const after = countingPoller(disk, clock)
    expect(after.rows().slice(0, -1)).toEqual(rows().slice(0, -1))
  })

  it.for(['no save was tried', 'saves failed, too'])(
    'costs a crash nothing once the journal is written again: %s meanwhile',
    async (meanwhile, context) => {
      const disk = tinyDisk()
      need(context, disk !== undefined, 'the right to mount a tmpfs')
      if (disk === undefined) return
      const { poller, poll, rows, log, clock } = countingPoller(disk)
      await poll(10)
      const ballast = join(disk, 'ballast')
      try {
        appendFileSync(ballast, Buffer.alloc(64 * 1024))
      } catch {
        // The disk is full now.
      }
      await poll(30)
      await until(() => !poller.status().saved)
      if (meanwhile === 'saves failed, too') for (const _ of [1, 2]) await poller.save()
      await poll(10)
      // Room for lines, not for a save.
      truncateSync(ballast, 56 * 1024)
      const times = (said: string) => log.said.filter(({ message }) => message === said).length
      await until(async () => {
        await poll(1)
        return times('journal written again') === 1
      })
      expect(times('cannot write journal')).toBe(1)
      await poll(6)
      const all = rows().slice(0, -2)
      const loaded = () => countingPoller(disk, clock).rows().slice(0, all.length)
      await until(() => loaded().at(-1)?.depth === all.at(-1)!.depth)
      expect(loaded()).toEqual(all)
    },
  )
})

describe('a folder that cannot be written', () => {
  it('is told where a folder refuses even to be looked for', () => {
    expect(() => countingPoller('/proc/treering/data')).toThrow(/ENOENT/)
  })

  it('stops the start with its reason', () => {
    const dir = newFolder()
    writeFileSync(join(dir, 'file'), '')
    expect(() => countingPoller(join(dir, 'file', 'below'))).toThrow(/ENOTDIR/)
    mkdirSync(join(dir, 'folder'))
    expect(countingPoller(join(dir, 'folder', 'new')).rows()).toEqual([])
  })
})
