import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aggregateUptime } from '../../src/uptime/aggregate.ts'
import { journalChecks, readChecks } from '../../src/uptime/checks.ts'
import { checksAt, foldChecks, type UptimeEntry } from '../../src/uptime/entry.ts'
import { AliasLists } from '../../src/uptime/lists.ts'
import { CODE, isStatus, STATUSES, type Status } from '../../src/uptime/status.ts'
import { Stored } from '../../src/uptime/stored.ts'
import { ask } from '../support/depth.ts'

interface Checked {
  readonly alias: string
  readonly status: Status
  readonly us: number
}

/** Targets watched at a moment, and the checks that ended. */
interface Moment {
  readonly watched: readonly string[]
  readonly checks: readonly Checked[]
}

const ALIASES = ['a', 'b', 'c', 'd', '__proto__']
const moments = fc.array(
  fc.record({
    watched: fc.uniqueArray(fc.constantFrom(...ALIASES)).map((aliases) => [...aliases].sort()),
    checks: fc.array(
      fc.record({
        alias: fc.constantFrom(...ALIASES),
        status: fc.constantFrom(...STATUSES),
        us: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      }),
      { maxLength: 8 },
    ),
  }),
  { minLength: 1, maxLength: 12 },
)

/** Folds moments into one entry as a source does: now and then through a line of the journal. */
function folded(all: readonly Moment[], lists: AliasLists, journaled: (i: number) => boolean): UptimeEntry {
  let entry: UptimeEntry | undefined
  all.forEach(({ watched, checks }, i) => {
    const list = lists.of(watched)
    const gone = checks.map(({ alias }) => alias).filter((alias) => list.placeOf(alias) === undefined)
    const holding = gone.length === 0 ? list : lists.with(gone)
    const columns = {
      list: holding,
      places: checks.map(({ alias }) => holding.placeOf(alias)!),
      codes: checks.map(({ status }) => CODE[status]),
      latencies: checks.map(({ us }) => us),
    }
    const timestamp = 1000 + i
    if (!journaled(i)) entry = foldChecks(entry, { timestamp, list, checks: columns }, lists)
    else {
      const line = JSON.parse(JSON.stringify(journalChecks(timestamp, columns)))
      const read = readChecks(line, (aliases) => lists.holding(aliases))
      entry = foldChecks(entry, { timestamp, list: read.list, checks: read }, lists)
    }
  })
  return entry!
}

/** What the checks say without any columns. */
function naive(all: readonly Moment[], alias: string) {
  const checks = all.flatMap(({ checks }) => checks).filter((check) => check.alias === alias)
  const counted = checks.filter(({ status }) => status !== 'unknown')
  const part = (...statuses: Status[]) =>
    counted.length === 0
      ? 0
      : counted.filter(({ status }) => statuses.includes(status)).length / counted.length
  const sum = counted.reduce((total, { us }) => total + us, 0)
  const down = part('unhealthy', 'error')
  const last = checks.at(-1)?.status
  const told = down > 0 && (down < 1 || (last !== 'unhealthy' && last !== 'error'))
  return {
    alias,
    display_name: `<${alias}>`,
    uptime: part('healthy'),
    downtime: part('unhealthy', 'error'),
    idle: part('napping', 'starting'),
    avg_latency: counted.length === 0 ? 0 : Math.round(sum / counted.length) / 1000,
    current_status: checks.at(-1)?.status ?? 'unknown',
    statuses:
      checks.length === 0
        ? []
        : [
            {
              status: checks.at(-1)!.status,
              latency: counted.length === 0 ? 0 : Math.floor(sum / counted.length / 1000),
              timestamp: 999 + all.length,
              ...(told ? { downtime: Math.round(down * 1e4) / 1e4 } : {}),
            },
          ],
  }
}

const displayNameOf = (alias: string) => `<${alias}>`

describe('an entry', () => {
  test('says what all of its checks say, however targets come and go', () => {
    fc.assert(
      fc.property(moments, fc.func(fc.boolean()), (all, journaled) => {
        const entry = folded(all, new AliasLists(), journaled)
        const rows = aggregateUptime([entry], ask('5m'), displayNameOf)
        const { data, total } = rows
        expect(rows.json!()).toBe(JSON.stringify(data))
        const mentioned = new Set(entry.list.aliases)
        expect(total).toBe(mentioned.size)
        expect(data).toEqual([...mentioned].sort().map((alias) => naive(all, alias)))
        for (const { checks } of all) for (const { alias } of checks) expect(mentioned).toContain(alias)
      }),
    )
  })

  test('is the same after it was written and read', () => {
    fc.assert(
      fc.property(moments, (all) => {
        const lists = new AliasLists()
        const entries = all.map((_, i) => folded(all.slice(0, i + 1), lists, () => false))
        const stored = new Stored(lists)
        const file = JSON.stringify({
          shared: stored.encodeShared(entries),
          entries: entries.map((entry) => stored.encode(entry)),
        })
        const { shared, entries: texts } = JSON.parse(file)
        const fresh = new Stored(new AliasLists())
        fresh.decodeShared(shared)
        const plain = ({ list, ...columns }: UptimeEntry) => ({ ...columns, aliases: list.aliases })
        expect(texts.map((text: unknown) => plain(fresh.decode(text)))).toEqual(entries.map(plain))
      }),
    )
  })

  test('goes on with what was read as with what was never away', () => {
    fc.assert(
      fc.property(moments, moments, (before, after) => {
        const lists = new AliasLists()
        const entry = folded(before, lists, () => false)
        const stored = new Stored(lists)
        const shared = JSON.parse(JSON.stringify(stored.encodeShared([entry])))
        const text = JSON.parse(JSON.stringify(stored.encode(entry)))
        const other = new AliasLists()
        const fresh = new Stored(other)
        fresh.decodeShared(shared)
        let read: UptimeEntry | undefined = fresh.decode(text)
        for (const moment of after) {
          const next = folded([moment], other, () => false)
          // A sample whose checks are those of the moment.
          read = addAll(read, next, moment, other)
        }
        const rows = aggregateUptime([read!], ask('5m'), displayNameOf).data
        const all = [...before, ...after]
        for (const row of rows) {
          const { statuses: _, ...numbers } = naive(all, row.alias)
          expect(row).toMatchObject(numbers)
        }
      }),
    )
  })

  test.each([
    ['nothing', null],
    ['no time', { list: 0, checks: [1], latency: [1], max: [1], last: 'h' }],
    ['no such list', { timestamp: 1, list: 7, checks: [1], latency: [1], max: [1], last: 'h' }],
    ['a column too short', { timestamp: 1, list: 0, checks: [], latency: [1], max: [1], last: 'h' }],
    ['a letter that is none', { timestamp: 1, list: 0, checks: [1], latency: [1], max: [1], last: 'x' }],
    ['a negative count', { timestamp: 1, list: 0, checks: [-1], latency: [1], max: [1], last: 'h' }],
    ['a text for a number', { timestamp: 1, list: 0, checks: [1], latency: ['1'], max: [1], last: 'h' }],
    [
      'a place that is none',
      { timestamp: 1, list: 0, checks: [1], latency: [1], max: [1], last: 'h', mixed: [[5, 0, 1, 0, 0, 0]] },
    ],
  ])('is refused from %s', (_, json) => {
    const stored = new Stored(new AliasLists())
    stored.decodeShared({ lists: [['a']] })
    expect(() => stored.decode(json)).toThrow('cannot read uptime: the entry is none')
  })

  test.each([[{ lists: 7 }], [{ lists: [['a', 'a']] }], [{ lists: [[1]] }]])('has no lists in %j', (json) => {
    expect(() => new Stored(new AliasLists()).decodeShared(json)).toThrow('cannot read uptime')
  })

  test.each([
    [{}],
    [null],
    [{ aliases: ['a'], statuses: 'h', latencies: [1] }],
    [{ timestamp: 1, aliases: ['a'], statuses: 'hh', latencies: [1] }],
    [{ timestamp: 1, aliases: ['a'], statuses: 'x', latencies: [1] }],
    [{ timestamp: 1, aliases: ['a'], statuses: 'h', latencies: [-1] }],
    [{ timestamp: 1, aliases: [1], statuses: 'h', latencies: [1] }],
  ])('takes no checks of the journal from %j', (json) => {
    expect(() => readChecks(json, (aliases) => new AliasLists().holding(aliases))).toThrow(
      'cannot read checks',
    )
  })

  test('counts checks of status unknown, and leaves them out of its parts', () => {
    const checks = [
      { alias: 'a', status: 'unknown', us: 5 },
      { alias: 'a', status: 'healthy', us: 7 },
    ] as const
    const entry = folded([{ watched: ['a'], checks }], new AliasLists(), () => false)
    expect(checksAt(entry, 0)).toBe(2)
    expect(aggregateUptime([entry], ask('5m'), displayNameOf).data[0]).toMatchObject({
      uptime: 1,
      avg_latency: 0.007,
    })
    expect(STATUSES.every(isStatus)).toBe(true)
    expect(isStatus('toString')).toBe(false)
  })
})

function addAll(
  read: UptimeEntry,
  next: UptimeEntry,
  { watched, checks }: Moment,
  lists: AliasLists,
): UptimeEntry {
  const holding = next.list
  return foldChecks(
    read,
    {
      timestamp: 2000,
      list: lists.of(watched),
      checks: {
        list: holding,
        places: checks.map(({ alias }) => holding.placeOf(alias)!),
        codes: checks.map(({ status }) => CODE[status]),
        latencies: checks.map(({ us }) => us),
      },
    },
    lists,
  )
}
