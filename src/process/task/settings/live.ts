/**
 * Settings that change while the process runs.
 *
 * Two documents make them: that of the configuration, and over it, key by key, that of a store. Whatever does not make lawful
 * settings is refused as a whole, and those before stay.
 */
import { isSameJson, type Log, MetricsError, messageOf, SILENT } from '../../../utils/index.ts'
import type { Clock } from '../clock.ts'
import { type Deadline, deadline, within } from '../within.ts'
import { mapOf, parseSettings, type SettingsLimits, settingsDocument, type TaskSettings } from './settings.ts'
import type { SettingsStore } from './store.ts'

/** What one look into the store may take. */
const READ_MS = 5_000

/** Options of live settings. */
export interface LiveSettingsOptions {
  /** Those of the configuration. */
  readonly document: object
  readonly store: SettingsStore
  readonly limits: () => SettingsLimits
  readonly clock: Clock
  readonly log?: Log
}

/** The settings as they are now, and who wants to know of changes. */
export class LiveSettings {
  readonly store: SettingsStore
  readonly #limits: () => SettingsLimits
  readonly #clock: Clock
  readonly #log: Log
  readonly #listeners = new Set<(settings: TaskSettings) => void>()
  readonly #stop = new AbortController()
  #document: object
  #over: object = {}
  #current: TaskSettings
  #error: string | null = null
  #forget: () => void = () => {}
  #reading: Promise<void> | undefined
  #again = false
  #writes = 0
  #putting: Promise<unknown> = Promise.resolve()

  /** @throws MetricsError `invalid` */
  constructor({ document, store, limits, clock, log = SILENT }: LiveSettingsOptions) {
    this.store = store
    this.#limits = limits
    this.#clock = clock
    this.#log = log
    this.#document = document
    this.#current = parseSettings(document, limits())
  }

  get current(): TaskSettings {
    return this.#current
  }

  /** Why the store's document is not in force; null when it is. */
  get error(): string | null {
    return this.#error
  }

  /** Calls back after each change, until the returned function is called. */
  subscribe(listener: (settings: TaskSettings) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks into the store now and from now on. Resolves after the first look, also when it failed. */
  async start(): Promise<void> {
    await this.look()
    if (!this.#stop.signal.aborted) this.store.listen?.(() => void this.look())
  }

  /** Looks into the store now. Does not reject: `error` says what went wrong. A look that is under way is followed by another. */
  look(): Promise<void> {
    this.#again = true
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined
      this.#wind()
    })
    return this.#reading
  }

  async stop(): Promise<void> {
    this.#forget()
    this.#stop.abort(new MetricsError('unavailable', 'the task has stopped'))
    await this.#reading
    await this.store.close?.()
  }

  /** Puts another document of the configuration in force. @throws MetricsError `invalid`: nothing has changed then. */
  configure(document: object): void {
    this.prepare(document)()
  }

  /** Checks another document of the configuration; what it returns puts that in force. @throws MetricsError `invalid` */
  prepare(document: object): () => void {
    const settings = parseSettings({ ...document, ...this.#over }, this.#limits())
    return () => {
      this.#document = document
      this.#become(settings)
    }
  }

  /**
   * Changes the given keys in the store and here; those not given stay as they are.
   *
   * @throws MetricsError `invalid`, `conflict` when this store cannot be written from here, `unavailable`, `timeout`.
   */
  put(document: unknown): Promise<TaskSettings> {
    // One after the other: each begins with what the one before has made.
    const put = this.#putting.then(() => this.#put(document))
    this.#putting = put.catch(() => {})
    return put
  }

  async #put(document: unknown): Promise<TaskSettings> {
    const { store } = this
    if (store.write === undefined) {
      const reason = `they stand in the configuration ${store.name}: change them there`
      throw new MetricsError('conflict', `cannot change settings: ${reason}`)
    }
    const given = mapOf(document)
    const { signal, end } = this.#limit()
    try {
      const over = { ...(await this.#lawful(signal)), ...given }
      const settings = parseSettings({ ...this.#document, ...over }, this.#limits())
      await within(signal, store.write(over, signal))
      this.#writes++
      this.#accept(over, settings)
      return settings
    } finally {
      end()
    }
  }

  async #readAll(): Promise<void> {
    while (this.#again && !this.#stop.signal.aborted) {
      this.#again = false
      const { signal, end } = this.#limit()
      const writes = this.#writes
      try {
        const document = mapOf((await within(signal, this.store.read(signal))) ?? {})
        // What was read before a change from here is older than that change.
        if (writes !== this.#writes) this.#again = true
        else this.#accept(document, parseSettings({ ...this.#document, ...document }, this.#limits()))
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#refuse(messageOf(error))
      } finally {
        end()
      }
    }
  }

  /** The store's document; nothing where it is none, by whoever's hand: the next one replaces it. */
  async #lawful(signal: AbortSignal): Promise<object> {
    try {
      const document = mapOf((await within(signal, this.store.read(signal))) ?? {})
      parseSettings({ ...this.#document, ...document }, this.#limits())
      return document
    } catch (error) {
      if (error instanceof MetricsError && error.code === 'invalid') return {}
      throw error
    }
  }

  #accept(over: object, settings: TaskSettings): void {
    if (this.#error !== null) this.#log.info({ store: this.store.name }, 'settings can be read again')
    this.#error = null
    this.#over = over
    this.#become(settings)
  }

  #refuse(reason: string): void {
    if (reason !== this.#error)
      this.#log.warn(
        { store: this.store.name, reason },
        'settings stay as they are: the store cannot be followed',
      )
    this.#error = reason
  }

  #become(settings: TaskSettings): void {
    if (isSameJson(settings, this.#current)) return
    this.#current = settings
    this.#log.info(settingsDocument(settings), 'settings have changed')
    for (const listener of this.#listeners) listener(settings)
  }

  #wind(): void {
    this.#forget()
    const { pollMs } = this.store
    if (pollMs !== undefined && !this.#stop.signal.aborted)
      this.#forget = this.#clock.timer(pollMs, () => void this.look())
  }

  #limit(): Deadline {
    return deadline(this.#clock, READ_MS, `${this.store.name} did not answer`, this.#stop.signal)
  }
}
