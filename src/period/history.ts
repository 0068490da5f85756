/**
 * The rings as JSON, and back. Reading accepts what the original wrote, too.
 *
 * Source: GoDoxy `internal/metrics/period`: `{"entries":{"5m":{"entries":[…],"interval":3000000000},…}}`, oldest first;
 * the documented interval is `"3s"`, the present one nanoseconds.
 */
import { formatDuration, MetricsError, parseDuration } from '../utils/index.ts'
import { type Entries, indexOf, type Slot } from './entries.ts'
import type { HasRings } from './rings.ts'
import type { Shared } from './source.ts'
import { checksumOf, ENTRIES_BEGIN, StoredEntry, tailOf } from './storedtext.ts'

const VERSION = 1
/** Characters of text handed out at a time: a few milliseconds of work at most between two turns of the event loop. */
const CHUNK = 64 * 1024

/** What belongs to the rings of one moment. */
export interface Snapshot<Entry> {
  /** Number of the newest sample in the rings. */
  readonly seq: number
  /** Unix ms of that sample. */
  readonly newestMs: number
  /** Further rings, as JSON, by name. */
  readonly others: Readonly<Record<string, unknown>>
  readonly shared?: Shared<Entry>
}

/** Rings of a file that are kept although nobody configured them. */
const MAX_OTHERS = 10

/**
 * The rings as text in chunks. What the rings hold at the call is what is written, however late a chunk is taken: the
 * slots still open, those of `newestMs`, become text at once; no other slot changes any more.
 *
 */
export function encodeHistory<Entry>(
  rings: HasRings<Entry>,
  encode: (entry: Entry) => unknown,
  { seq, newestMs, others, shared = {} }: Snapshot<Entry>,
): Generator<string> {
  const head = `"seq":${seq},${sharedText(rings, shared)}`
  const snapshot = [...rings.rings.values()].map((ring) => ({
    period: ring.period,
    slots: ring
      .slots()
      .map((slot) => (slot.number === ring.numberAt(newestMs) ? closed(slot, encode) : slot)),
  }))
  return chunks(snapshot, encode, head, others)
}

/** What the entries of all rings refer to; those that nobody has looked into stay unopened. */
function sharedText<Entry>(rings: HasRings<Entry>, shared: Shared<Entry>): string {
  if (shared.encodeShared === undefined) return ''
  const slots = [...rings.rings.values()].flatMap((ring) => ring.slots())
  const texts = slots.flatMap(({ unopened }) => unopened ?? [])
  const opened = slots.filter(({ unopened }) => unopened === undefined)
  const json = shared.encodeShared(
    opened.flatMap(({ entry }) => entry ?? []),
    texts,
  )
  return `"shared":${JSON.stringify(json)},`
}

/** A slot as it is now. */
function closed<Entry>(slot: Slot<Entry>, encode: (entry: Entry) => unknown): StoredSlot<Entry> {
  const text = slot.text(encode)
  return { number: slot.number, text: () => text }
}

/** What of a slot is written. */
type StoredSlot<Entry> = Pick<Slot<Entry>, 'number' | 'text'>

function* chunks<Entry>(
  snapshot: { period: { name: string; intervalMs: number }; slots: StoredSlot<Entry>[] }[],
  encode: (entry: Entry) => unknown,
  head: string,
  others: Snapshot<Entry>['others'],
): Generator<string> {
  let checksum = 0
  let text = `{"version":${VERSION},${head}"entries":{`
  const take = () => {
    const chunk = text
    checksum = checksumOf(chunk, checksum)
    text = ''
    return chunk
  }
  let comma = ''
  for (const { period, slots } of snapshot) {
    const timestamps: number[] = []
    text += `${comma}${JSON.stringify(period.name)}:{"interval":"${formatDuration(period.intervalMs)}",${ENTRIES_BEGIN}`
    for (const slot of slots) {
      const entry = slot.text(encode)
      if (entry === undefined) continue
      text += `${timestamps.length === 0 ? '\n' : ',\n'}${entry}`
      timestamps.push((slot.number * period.intervalMs) / 1000)
      if (text.length > CHUNK) yield take()
    }
    text += `\n],"timestamps":${JSON.stringify(timestamps)}}`
    comma = ','
  }
  for (const [name, ring] of Object.entries(others)) {
    // Some key must follow the list.
    const { entries, ...rest } = { interval: '', ...(ring as { entries?: unknown }) }
    if (!Array.isArray(entries)) continue
    const lines = entries.map((entry, i) => `${i === 0 ? '\n' : ',\n'}${JSON.stringify(entry)}`)
    text += `${comma}${JSON.stringify(name)}:{${ENTRIES_BEGIN}${lines.join('')}\n],${JSON.stringify(rest).slice(1)}`
    comma = ','
  }
  text += '}'
  yield take()
  yield tailOf(checksum)
}

/**
 * Places the entries of a parsed file in the rings, each by its time: a ring that the rings do not have is handed back, an
 * interval of another length places its entries anew, and of too many the newest stay.
 *
 * @param mtimeMs When the file was written, for entries that tell no time: they are spaced backwards from it.
 * @param now Unix ms; entries after it are kept for when their time comes, where they are in nobody's way.
 * @returns How many entries were placed, how many `decode` refused, and the rings that are not configured.
 * @throws MetricsError `corrupt` when it is no history, or one of a later version.
 */
export function placeHistory<Entry>(
  json: unknown,
  rings: HasRings<Entry>,
  decode: (json: unknown) => Entry,
  mtimeMs: number,
  now: number,
  shared: Shared<Entry> = {},
): { placed: number; refused: number; seq: number; others: Record<string, unknown> } {
  const file = asObject(json, 'the file')
  const version = file.version ?? VERSION
  if (version !== VERSION) {
    throw new MetricsError('corrupt', `version ${JSON.stringify(version)} is not known, only ${VERSION} is`)
  }
  const all = asObject(file.entries, '"entries"')
  // All rings are read before any is filled: a file that turns out to be broken leaves nothing behind.
  const read: (() => void)[] = []
  let refused = 0
  const open = (text: string) => {
    try {
      return decode(JSON.parse(text))
    } catch {
      return undefined
    }
  }
  shared.decodeShared?.(file.shared)
  for (const [name, ring] of rings.rings) {
    if (all[name] === undefined || all[name] === null) continue
    const json = asObject(all[name], `ring ${name}`)
    // One that was not configured for a while has its own.
    if (json.shared !== undefined) shared.decodeShared?.(json.shared)
    const chosen = chooseEntries(json, ring, mtimeMs, now)
    for (const { entry, ms } of chosen) {
      if (!isTime(ms)) {
        refused++
        continue
      }
      if (entry instanceof StoredEntry) {
        read.push(() => ring.put(ms, entry.text, open))
        continue
      }
      try {
        const decoded = decode(entry)
        read.push(() => ring.add(ms, () => decoded))
      } catch {
        refused++
      }
    }
  }
  for (const place of read) place()
  const placed = read.length
  // A period may be gone from the configuration by mistake, or for a while: its history is not ours to delete.
  const others = Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => !rings.rings.has(name))
      .slice(0, MAX_OTHERS)
      .map(([name, ring]) => [name, withShared(ring, file.shared)]),
  )
  return { placed, refused, seq: Number.isSafeInteger(file.seq) ? (file.seq as number) : 0, others }
}

/** A ring with what its entries refer to: what is written next for the rings that are configured need not hold that. */
function withShared(ring: unknown, shared: unknown): unknown {
  if (shared === undefined || typeof ring !== 'object' || ring === null) return ring
  return { shared, ...ring }
}

/** The entries of a ring that have a place in it, each with its time. */
function chooseEntries(
  json: Record<string, unknown>,
  ring: Entries<unknown>,
  mtimeMs: number,
  now: number,
): Iterable<{ entry: unknown; ms: number }> {
  const entries = json.entries ?? []
  if (!Array.isArray(entries))
    throw new MetricsError('corrupt', `ring ${ring.period.name} has no list of entries`)
  const times = timesOf(json, entries, ring, mtimeMs)
  const chosen = new Map<number, { entry: unknown; ms: number }>()
  const order = entries
    .map((entry, i) => ({ entry, ms: times[i]! }))
    .filter(({ entry }) => entry !== null && entry !== undefined)
    .sort((a, b) => Number(a.ms <= now) - Number(b.ms <= now) || a.ms - b.ms)
  // Of entries that would lie at one index the last of this order stays: those of the future give way to the past's.
  for (const one of order) chosen.set(indexOf(ring.numberAt(one.ms)), one)
  return chosen.values()
}

/** Unix ms of each entry: the file's `timestamps`, else the entry's own `timestamp`, else spaced backwards. */
function timesOf(
  json: Record<string, unknown>,
  entries: readonly unknown[],
  ring: Entries<unknown>,
  mtimeMs: number,
): number[] {
  const listed =
    Array.isArray(json.timestamps) && json.timestamps.length === entries.length ? json.timestamps : []
  const intervalMs = intervalOf(json.interval) ?? ring.period.intervalMs
  return entries.map((entry, i) => {
    const own = (entry as { timestamp?: unknown } | null)?.timestamp
    // Source: Go writes a time that was never set as 0.
    const seconds = Number.isFinite(listed[i]) ? listed[i] : own || undefined
    return typeof seconds !== 'number' ? mtimeMs - (entries.length - 1 - i) * intervalMs : seconds * 1000
  })
}

function isTime(ms: number): boolean {
  return Number.isFinite(ms) && ms >= 0
}

/** Milliseconds of `"3s"` or of nanoseconds; undefined for anything else. */
function intervalOf(value: unknown): number | undefined {
  if (typeof value === 'number' && value > 0) return value / 1e6
  if (typeof value !== 'string') return undefined
  try {
    return parseDuration(value)
  } catch {
    return undefined
  }
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MetricsError('corrupt', `${what} is not a JSON object`)
  }
  return value as Record<string, unknown>
}
