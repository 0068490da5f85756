import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PERIODS, type Period, Poller, type Source, withPeriods } from '../../src/period/index.ts'
import { TestClock } from '../support/clock.ts'
import { ask } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { keptLog } from '../support/log.ts'

interface Named {
  timestamp: number
  name: string
}

/** A source whose entries keep the first letter of their name. */
function namedSource(next: () => string): Source<Named, Named, Named[]> {
  const names = new Map<string, string>()
  return {
    name: 'named',
    collect: async (now) => ({ timestamp: now / 1000, name: next() }),
    aggregate: (entries) => ({ total: entries.length, data: [...entries] }),
    encodeShared(entries, texts) {
      const unopened = texts.flatMap((text) => names.get(JSON.parse(text).name) ?? [])
      return [...new Set([...unopened, ...entries.map(({ name }) => name)])]
    },
    decodeShared(json) {
      if (!Array.isArray(json)) throw new Error('no names')
      for (const name of json as string[]) names.set(name.charAt(0), name)
    },
    encode: ({ timestamp, name }) => ({ timestamp, name: name.charAt(0) }),
    decode(json) {
      const { timestamp, name } = json as { timestamp: number; name: string }
      return { timestamp, name: names.get(name)! }
    },
  }
}

describe('what the entries of a source refer to', () => {
  it('is kept once in the file, beside the rings, and read before them', async () => {
    const dir = newFolder()
    const clock = new TestClock()
    const words = ['first', 'second', 'third']
    const before = new Poller(
      namedSource(() => words.shift()!),
      { dir, clock },
    )
    before.load()
    for (let i = 0; i < 3; i++) {
      clock.pass(3000)
      await before.poll()
    }
    await before.stop()
    const text = readFileSync(join(dir, 'named.json'), 'utf8')
    expect(JSON.parse(text).shared).toEqual(['first', 'second', 'third'])
    expect(text.match(/second/g)).toHaveLength(1)
    const after = new Poller(
      namedSource(() => ''),
      { dir, clock },
    )
    after.load()
    const rows = after.query(ask('5m')).data as Named[]
    expect(rows.map(({ name }) => name)).toEqual(['first', 'second', 'third'])
    // Of entries that nobody has looked into it is kept as well.
    const unopened = new Poller(
      namedSource(() => 'word'),
      { dir, clock },
    )
    unopened.load()
    await unopened.stop()
    expect(JSON.parse(readFileSync(join(dir, 'named.json'), 'utf8')).shared).toEqual([
      'first',
      'second',
      'third',
    ])
  })

  it('goes with a ring that is not configured for a while', async () => {
    const dir = newFolder()
    const clock = new TestClock()
    const run = async (name: string, periods: readonly Period[]) => {
      const poller = new Poller(
        namedSource(() => name),
        { dir, clock, periods },
      )
      poller.load()
      clock.pass(withPeriods({ '1y': 365 * 86_400_000 }).at(-1)!.intervalMs)
      await poller.poll()
      await poller.stop()
      return poller
    }
    const all = withPeriods({ '1y': 365 * 86_400_000 })
    await run('first', all)
    await run('second', PERIODS)
    await run('third', PERIODS)
    const last = await run('last', all)
    const rows = last.query(ask('1y')).data as Named[]
    expect(rows.map(({ name }) => name)).toEqual(['first', 'last'])
  })

  it('makes a file that has none of it a broken one, which is kept', () => {
    const dir = newFolder()
    writeFileSync(join(dir, 'named.json'), '{"entries":{"5m":{"entries":[]}}}')
    const log = keptLog()
    new Poller(
      namedSource(() => ''),
      { dir, log, clock: new TestClock() },
    ).load()
    expect(log.said.map(({ message }) => message)).toEqual(['cannot read history, the file is kept'])
  })
})
