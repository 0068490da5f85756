/**
 * Temperatures.
 *
 * A driver may sleep while it asks its chip (over i2c, or the drive itself), so these files are read by the thread
 * pool, one after the other, from descriptors kept open; a poll takes what is known, and waits for them a while only
 * where it is the first or the next is far away. They are read in rounds of a few, those read longest ago first: a
 * server of a hundred cores has a hundred.
 */
import { close, open, read } from 'node:fs'
import { promisify } from 'node:util'
import { findSensors, parseMillidegrees, type SensorFile } from './hwmon.ts'
import type { Sensor } from './sample.ts'
import { within } from './within.ts'

/** How often the list of sensors is looked up anew. */
export const LOOK_UP_INTERVAL_MS = 60_000
/**
 * How often temperatures are read: they change slowly, and each read wakes a thread. A little under every fifth beat of a
 * second, which jitter then does not make every sixth.
 */
export const SENSORS_INTERVAL_MS = 4_500
/** A round of temperatures is waited for this long, where one waits at all. */
const SENSORS_TIMEOUT_MS = 300
/** Sensors read at such a time, except the first, which reads all. */
const SENSORS_PER_ROUND = 16
/** A number, its sign and the line's end. */
const TEXT_BYTES = 32

interface Kept {
  readonly file: SensorFile
  fd: number | undefined
  temperature: number | null
}

const openFile = promisify(open)
const readBytes = promisify(read)
const closeFile = promisify(close)

/** Reads the temperatures of a machine. */
export class SensorsReader {
  readonly #sys: string
  readonly #clock: () => number
  readonly #bytes = Buffer.alloc(TEXT_BYTES)
  #sensors: Kept[] = []
  #latest: Sensor[] = []
  #next = 0
  #readAt = Number.NEGATIVE_INFINITY
  #foundAt = Number.NEGATIVE_INFINITY
  #work: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  /** Whether `#latest` holds all that was read. */
  #settled = false
  #closed = false

  constructor(sys: string, clock: () => number) {
    this.#sys = sys
    this.#clock = clock
  }

  /** The last known temperature of each sensor; one that gives none (ENODATA, EIO, …) is left out. */
  get latest(): Sensor[] {
    return this.#latest
  }

  /** Whether a look would begin a round, find anything new, or fail again. */
  get due(): boolean {
    return !this.#settled || this.#isTime
  }

  /** Begins a round if it is time, and waits for it a while. */
  async ready(): Promise<void> {
    const round = this.#begin()
    if (round !== undefined) await within(round, SENSORS_TIMEOUT_MS)
  }

  /** What is known; what a round that this begins reads is known to a later look. @throws What the last round threw. */
  look(): Sensor[] {
    void this.#begin()
    if (this.#settled) return this.#latest
    if (this.#failure !== undefined) throw this.#failure.error
    this.#latest = []
    for (const { file, temperature } of this.#sensors) {
      if (temperature === null) continue
      this.#latest.push({ name: file.name, temperature, high: file.high, critical: file.critical })
    }
    this.#settled = this.#work === undefined
    return this.#latest
  }

  /** Frees the descriptors, once a read under way is over; waits for that a while. */
  async close(): Promise<void> {
    this.#closed = true
    await within(this.#free(this.#work), SENSORS_TIMEOUT_MS)
  }

  async #free(work: Promise<void> | undefined): Promise<void> {
    await work
    await Promise.all(this.#sensors.map(forget))
    this.#sensors = []
    this.#settled = false
  }

  get #isTime(): boolean {
    // Without any there is nothing to read until they are looked up anew.
    const none = this.#sensors.length === 0 && this.#failure === undefined
    const interval = none ? LOOK_UP_INTERVAL_MS : SENSORS_INTERVAL_MS
    return this.#clock() - this.#readAt >= interval
  }

  /** Begins a round if it is time. */
  #begin(): Promise<void> | undefined {
    if (this.#work !== undefined || this.#closed || !this.#isTime) return undefined
    this.#readAt = this.#clock()
    this.#settled = false
    this.#work = this.#round()
    return this.#work
  }

  /** Never rejects. */
  async #round(): Promise<void> {
    try {
      await this.#refresh()
      this.#failure = undefined
    } catch (error) {
      this.#failure = { error }
    }
    this.#work = undefined
  }

  async #refresh(): Promise<void> {
    let count = SENSORS_PER_ROUND
    if (this.#clock() - this.#foundAt >= LOOK_UP_INTERVAL_MS) {
      if (this.#foundAt === Number.NEGATIVE_INFINITY) count = Number.POSITIVE_INFINITY
      await this.#find()
    }
    count = Math.min(count, this.#sensors.length)
    for (let i = 0; i < count && !this.#closed; i++) {
      const sensor = this.#sensors[this.#next++ % this.#sensors.length]!
      sensor.temperature = await this.#readOne(sensor)
    }
  }

  async #readOne(sensor: Kept): Promise<number | null> {
    try {
      sensor.fd ??= await openFile(sensor.file.input, 'r')
      const { bytesRead } = await readBytes(sensor.fd, this.#bytes, 0, TEXT_BYTES, 0)
      return parseMillidegrees(this.#bytes.toString('latin1', 0, bytesRead))
    } catch {
      // Its device may come back under the same path, which a kept descriptor would never see.
      await forget(sensor)
      return null
    }
  }

  async #find(): Promise<void> {
    const found = await findSensors(this.#sys)
    const before = new Map(this.#sensors.map((sensor) => [sensor.file.input, sensor]))
    const kept = found.map((file) => {
      const same = before.get(file.input)
      if (same?.file.name !== file.name) return { file, fd: undefined, temperature: null }
      before.delete(file.input)
      return same
    })
    await Promise.all([...before.values()].map(forget))
    this.#sensors = kept
    this.#foundAt = this.#clock()
  }
}

async function forget(sensor: Kept): Promise<void> {
  const { fd } = sensor
  sensor.fd = undefined
  if (fd !== undefined) await closeFile(fd).catch(() => undefined)
}
