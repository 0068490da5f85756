import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Poller, type Source } from '../../src/period/index.ts'
import { TestClock } from '../support/clock.ts'
import { ask } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'
import { until } from '../support/until.ts'

type Sample = { timestamp: number; value: number | bigint; rate: number; text: string }

/** A poller that is beaten by hand, of samples as they are. */
function pollerOf(dir: string, textOf: () => string, clock = new TestClock(), encode?: () => unknown) {
  const log = keptLog()
  let count = 0n
  const source: Source<Sample> = {
    name: 'big',
    collect: (now) => ({ timestamp: now / 1000, value: 2n ** 53n + ++count, rate: 1.7e18, text: textOf() }),
    aggregate: (entries) => ({ total: entries.length, data: entries }),
    encode: encode ?? ((entry) => ({ ...entry, value: String(entry.value) })),
    decode: (json) => {
      const { value, ...entry } = json as Sample & { value: string }
      return { ...entry, value: BigInt(value) }
    },
  }
  const poller = new Poller(source, { dir, clock, log })
  poller.load()
  onTestFinished(() => poller.stop())
  async function poll(beats: number): Promise<void> {
    for (let i = 0; i < beats; i++) {
      clock.pass(1000)
      await poller.poll()
      // Time for a line to reach the disk.
      await sleep(20)
    }
  }
  return { poller, poll, clock, log, rows: () => poller.query(ask('5m')).data as Sample[] }
}

const sizeOf = (path: string) => (existsSync(path) ? statSync(path).size : 0)

describe('a journal', () => {
  it('gives back integers beyond 2^53 digit for digit, also after the next save', async () => {
    const dir = newFolder()
    const before = pollerOf(dir, () => '#mark')
    await before.poll(9)
    await before.poller.save()
    await before.poll(9)
    await until(() => readFileSync(join(dir, 'big.journal'), 'utf8').trim().split('\n').length >= 7)
    const crashed = newFolder()
    for (const name of ['big.json', 'big.journal'])
      writeFileSync(join(crashed, name), readFileSync(join(dir, name)))

    const after = pollerOf(crashed, () => '#mark', before.clock)
    const rows = after.rows()
    expect(rows.length).toBeGreaterThan(3)
    // The two newest lines may still wait for the one after them.
    const whole = rows.slice(0, -1)
    expect(whole).toEqual(before.rows().slice(0, whole.length))
    await after.poller.stop()
    expect(pollerOf(crashed, () => '', before.clock).rows()).toEqual(rows)
  })

  it.each(['fails', 'has nothing'])('has the last sample when the source %s from then on', async (how) => {
    const dir = newFolder()
    let left = 5
    const clock = new TestClock()
    const source: Source<{ n: number }> = {
      name: 'pausing',
      collect: () => {
        if (left > 0) return { n: left-- }
        if (how === 'fails') throw new Error('away')
        return undefined
      },
      aggregate: () => ({ total: 0, data: [] }),
    }
    const poller = new Poller(source, { dir, clock })
    poller.load()
    onTestFinished(() => poller.stop())
    for (let beat = 0; beat < 6; beat++) {
      clock.pass(1000)
      await poller.poll()
    }
    const path = join(dir, 'pausing.journal')
    await until(() => existsSync(path) && readFileSync(path, 'utf8').includes('"n":1}'))
  })

  it('loses a sample that cannot be written, says so, and goes on', async () => {
    const dir = newFolder()
    const log = keptLog()
    const clock = new TestClock()
    let n = 0
    const source: Source<{ n: number }, number> = {
      name: 'circular',
      collect: () => {
        const sample = { n: ++n, self: {} }
        if (n === 2) sample.self = sample
        return sample
      },
      reduce: (_, sample) => sample.n,
      aggregate: () => ({ total: 0, data: [] }),
    }
    const poller = new Poller(source, { dir, clock, log })
    poller.load()
    for (let beat = 0; beat < 8; beat++) {
      clock.pass(1000)
      await poller.poll()
    }
    const path = join(dir, 'circular.journal')
    await until(() => existsSync(path) && readFileSync(path, 'utf8').includes('"n":7,'))
    expect(readFileSync(path, 'utf8')).not.toContain('"n":2,"t"')
    expect(JSON.stringify(log.said)).toContain('a line cannot be written')
    await poller.stop()
  })

  it.each([
    { sample: { v: 2n ** 60n + 1n, text: '#5' } },
    { sample: { '#exact': 5, depth: 7 } },
    { sample: { '#exact': '#5' } },
    { sample: { '#plain': { '#exact': 5 } } },
    { sample: { '#plain': 2n ** 60n } },
  ])('and the history give back $sample of a source that says nothing of its storage', async ({ sample }) => {
    const dir = newFolder()
    const clock = new TestClock()
    const source: Source<object> = {
      name: 'exact',
      collect: () => sample,
      aggregate: (entries) => ({ total: entries.length, data: entries }),
    }
    const poller = new Poller(source, { dir, clock })
    poller.load()
    clock.pass(1000)
    await poller.poll()
    await poller.stop()
    expect(poller.status().saved).toBe(true)
    for (let runs = 0; runs < 2; runs++) {
      const again = new Poller(source, { dir, clock })
      again.load()
      expect(again.query(ask('5m')).data).toEqual([sample])
      await again.stop()
    }
  })

  it('writes beats of any size while the disk keeps up', async () => {
    const dir = newFolder()
    const { poll, poller, log } = pollerOf(dir, () => 'x'.repeat(3_000_000))
    await poll(1)
    await until(() => sizeOf(join(dir, 'big.journal')) > 0)
    await poll(3)
    await until(() => sizeOf(join(dir, 'big.journal')) > 12_000_000)
    expect(poller.status().saved).toBe(true)
    expect(log.said).toEqual([])
  })

  it('keeps up to 4 MiB of what cannot be written, the oldest, and goes on when it can', async () => {
    const dir = newFolder()
    const journal = join(dir, 'big.journal')
    const { poll, poller, log } = pollerOf(dir, () => 'x'.repeat(1_000_000))
    mkdirSync(journal)
    await poll(12)
    expect(poller.status().saved).toBe(false)
    rmdirSync(journal)
    await poll(3)
    await until(() => poller.status().saved)
    const numbers = () => readFileSync(journal, 'utf8').match(/"n":\d+/g)
    expect(numbers()).toEqual(['"n":1', '"n":2', '"n":3', '"n":4'])
    expect(log.said.map(({ message }) => message)).toEqual(['cannot write journal', 'journal written again'])
    await poll(3)
    await until(() => numbers()!.length > 4)
  })

  it('that has grown large is emptied by a save', async () => {
    const dir = newFolder()
    const journal = join(dir, 'big.journal')
    const { poll, log } = pollerOf(dir, () => 'x')
    writeFileSync(journal, '')
    truncateSync(journal, 65 * 1024 * 1024)
    await poll(1)
    await until(() => sizeOf(journal) > 65 * 1024 * 1024)
    expect(existsSync(join(dir, 'big.json'))).toBe(false)
    await poll(3)
    await until(() => existsSync(join(dir, 'big.json')) && !existsSync(`${journal}.1`))
    await poll(3)
    await until(() => sizeOf(journal) > 0)
    expect(sizeOf(journal)).toBeLessThan(10_000)
    expect(log.said).toEqual([])
  })
})

describe('a journal that is not there any more', () => {
  it.each([
    ['deleted', (dir: string) => rmSync(dir, { recursive: true })],
    ['moved', (dir: string) => renameSync(dir, `${dir}.old`)],
  ])('because it was %s is seen within a minute, and all is saved anew', async (_, goes) => {
    const dir = join(newFolder(), 'data')
    const { poll, log } = pollerOf(dir, () => '')
    await poll(6)
    goes(dir)
    await poll(66)
    await until(() => existsSync(join(dir, 'big.json')))
    expect(log.said.map(({ message }) => message)).toEqual([
      'the journal was deleted or moved: the history is saved anew',
    ])
    await poll(6)
    await until(() => sizeOf(join(dir, 'big.journal')) > 0)
  })
})

describe('a journal that is larger than any that was written', () => {
  it('is kept aside and named, and the history is loaded', async () => {
    const dir = newFolder()
    const before = pollerOf(dir, () => '')
    await before.poll(6)
    await before.poller.stop()
    writeFileSync(join(dir, 'big.journal'), '')
    truncateSync(join(dir, 'big.journal'), 600 * 1024 * 1024)
    const { rows, log } = pollerOf(dir, () => '', before.clock)
    expect(rows()).toEqual(before.rows())
    expect(log.said[0]).toMatchObject({ message: 'cannot read journal, the file is kept' })
    expect(readdirSync(dir).some((name) => name.startsWith('big.journal.corrupt-'))).toBe(true)
  })
})

describe('an entry of a history that is none', () => {
  it('is said once when somebody looks', async () => {
    const dir = newFolder()
    const before = pollerOf(
      dir,
      () => '',
      new TestClock(),
      () => ({ value: 'none' }),
    )
    await before.poll(9)
    await before.poller.stop()
    const after = pollerOf(dir, () => '', before.clock)
    expect(after.rows()).toEqual([])
    expect(after.log.said.map(({ message }) => message)).toEqual(['cannot read an entry of the history'])
  })
})
