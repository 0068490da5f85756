/** The variables of another process as a source of history. */
import type { Fields, Rows, Source } from '../period/index.ts'
import type { Family } from '../prometheus/index.ts'
import { type Log, MetricsError, messageOf, SILENT } from '../utils/index.ts'
import { aggregateExpvar, PARAMS, type SeriesRow } from './aggregate.ts'
import { type ByteMapOptions, byteMap } from './bytes.ts'
import { Client, type ClientOptions } from './client.ts'
import { parseEndpoint } from './endpoint.ts'
import { Entries, type ExpvarEntry, encodeEntry, journaled } from './entry.ts'
import { parseExact } from './exact.ts'
import { expvarFamilies } from './families.ts'
import { type Flat, Flattener } from './flatten.ts'
import { Outage } from './outage.ts'
import { MAX_DEPTH, MAX_KEY_LENGTH } from './places.ts'
import { type ExpvarSample, ratesOf } from './sample.ts'

/** Options of the source. */
export interface ExpvarSourceOptions extends ClientOptions, ByteMapOptions {
  readonly name: string
  /** `HOST:PORT` or a URL of http or https; a name and password in it are sent. */
  readonly endpoint: string
  /** Put behind the endpoint's path. @default `/debug/vars`, unless the endpoint has a path */
  readonly routepath?: string
  /** @default 1000 */
  readonly intervalMs?: number
  /** Of a whole read, its body included. @default 5000 */
  readonly timeoutMs?: number
  /** What recorders call the kind of its documents. @default its name */
  readonly typeName?: string
  /** Failures in a row before the endpoint is *gone too long*: an error in the log, a fault in `/health`. @default 10 */
  readonly backoff?: number
  /** Fields of a document; further ones are left out, and a fault says so. @default 1000 */
  readonly maxKeys?: number
  /** @default says nothing */
  readonly log?: Log
}

/** The source, and what recorders call its documents. */
export interface ExpvarSource extends Source<ExpvarSample, ExpvarEntry, SeriesRow[] | string[]> {
  readonly typeName: string
  collect(now: number, last: ExpvarSample | undefined, signal: AbortSignal): Promise<ExpvarSample>
  reduce(entry: ExpvarEntry | undefined, sample: ExpvarSample): ExpvarEntry
  aggregate(
    entries: readonly ExpvarEntry[],
    query: Parameters<typeof aggregateExpvar>[1],
  ): Rows<SeriesRow[] | string[]>
  families(sample: ExpvarSample): Family[]
  documents(sample: ExpvarSample): readonly Fields[]
  journal(sample: ExpvarSample): unknown
  encode(entry: ExpvarEntry): unknown
  decode(json: unknown): ExpvarEntry
  faults(): readonly string[]
  close(): void
}

/** Source: expvastic's default. */
const DEFAULT_TIMEOUT_MS = 5000
/** Source: expvastic's examples. */
const DEFAULT_BACKOFF = 10
/** Source: Elasticsearch takes this many fields by default: `index.mapping.total_fields.limit`. */
const DEFAULT_MAX_KEYS = 1000
/** What a page shows first; any other key or glob is allowed, too. */
const ALL_KEYS = ['*']

/**
 * Polls the `/debug/vars` of another process. Nothing is asked before the first `collect`.
 *
 * @throws MetricsError `invalid` for an endpoint that is none or a PEM file that cannot be read.
 */
export function createExpvarSource(options: ExpvarSourceOptions): ExpvarSource {
  const { name, log = SILENT, maxKeys = DEFAULT_MAX_KEYS } = options
  const client = new Client(parseEndpoint(options.endpoint, options.routepath), options)
  const flattener = new Flattener(byteMap(options), maxKeys)
  const entries = new Entries(maxKeys)
  const outage = new Outage(name, options.backoff ?? DEFAULT_BACKOFF, log)
  let before: { sample: ExpvarSample; monotonicMs: number } | undefined

  async function read(
    now: number,
    last: ExpvarSample | undefined,
    signal: AbortSignal,
  ): Promise<ExpvarSample> {
    const began = performance.now()
    const body = await client.get(signal)
    const monotonicMs = performance.now()
    const flat = flatten(body)
    const since = last !== undefined && before?.sample === last ? before : undefined
    const seconds = since === undefined ? 0 : (monotonicMs - since.monotonicMs) / 1000
    const sample = {
      timestamp: now / 1000,
      ...flat,
      rates: ratesOf(flat.values, since?.sample.values ?? {}, seconds),
    }
    before = { sample, monotonicMs }
    log.debug({ source: name, bytes: body.length, ms: monotonicMs - began }, 'read')
    return sample
  }

  function flatten(body: Buffer): Flat {
    const refuse = (reason: string, cause?: unknown): never => {
      throw new MetricsError('corrupt', `cannot read ${client.address}: ${reason}`, { cause })
    }
    let json: ReturnType<typeof parseExact>
    try {
      json = parseExact(body.toString())
    } catch (cause) {
      // Bytes that are no text differ each time, and say nothing.
      const reason = messageOf(cause)
      return refuse(`the answer is no JSON: ${isPrintable(reason) ? reason : 'it is no text'}`, cause)
    }
    if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value))
      return refuse('the answer is JSON, but no object')
    const flat = flattener.flatten(json)
    if (isEmpty(flat.values) && isEmpty(flat.texts) && isEmpty(flat.lists))
      return refuse('the answer is an object without a number, text or list of numbers')
    return flat
  }

  return {
    name,
    typeName: options.typeName ?? name,
    intervalMs: options.intervalMs ?? 1000,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    params: PARAMS,
    aggregates: ALL_KEYS,
    async collect(now, last, signal) {
      try {
        const sample = await read(now, last, signal)
        outage.succeeded()
        return sample
      } catch (error) {
        outage.failed(now, messageOf(error))
        throw error
      }
    },
    reduce: (entry, sample) => entries.reduce(entry, sample),
    aggregate: aggregateExpvar,
    families: (sample) => expvarFamilies(sample, name),
    documents(sample) {
      const fields = flattener.fields(sample)
      return isEmpty(fields) ? [] : [fields]
    },
    journal: journaled,
    encode: encodeEntry,
    decode: (json) => entries.decode(json),
    faults() {
      const { leftOut } = flattener
      const cut = `${leftOut} ${leftOut === 1 ? 'field was' : 'fields were'} left out: kept are ${maxKeys} at most, with keys of ${MAX_KEY_LENGTH} characters at most, in ${MAX_DEPTH} levels at most`
      const crowded = `its keys come and go: in a slot of history there is room for ${2 * maxKeys}, and none for some of the newest document`
      return [outage.fault, leftOut > 0 && cut, entries.crowded && crowded].filter(isText)
    },
    close: () => client.close(),
  }
}

function isPrintable(text: string): boolean {
  return !/[\p{Cn}\p{Co}\uFFFD]|(?!\s)\p{Cc}/u.test(text)
}

function isText(text: unknown): text is string {
  return typeof text === 'string'
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
