/**
 * This process as a monitored task: who it is, which of several, and the flushing of its metrics.
 *
 * Each flush asks once for the task number and sends once. Nothing is sent without a number; whenever a number is lost, changes or
 * is given back, cumulative values start anew, once, so that no stream begins before its number was owned.
 *
 * Source: luci-go server/tsmon. Differs from luci: a flush never runs inside a request; a late or slow one does not push the next;
 * a store that cannot be asked does not stop flushes before the lease has ended; a change from one number to another starts cumulative
 * values anew as well; a clean stop flushes and gives the number back.
 */
import { type Log, MetricsError, SILENT } from '../../utils/index.ts'
import { claimMetrics } from './claim.ts'
import { type Clock, SYSTEM_CLOCK } from './clock.ts'
import { ownFamilies, ownRows } from './families.ts'
import type { Flushable, TableRow } from './flushable.ts'
import { FlushLoop, type FlushOutcome } from './flushloop.ts'
import type { StateOptions, TaskStatus } from './options.ts'
import { MAX_RETRY_MS } from './schedule.ts'
import { LiveSettings } from './settings/live.ts'
import { FLUSHES_A_LEASE, type TaskSettings } from './settings/settings.ts'
import { settingsInMemory } from './settings/store.ts'
import { sendToLog, ship } from './ship.ts'
import {
  checkedTarget,
  instanceIdOf,
  labelsOf,
  type TaskIdentity,
  type TaskTarget,
  targetJson,
} from './target.ts'
import { NO_NUMBER, TaskNumber } from './tasknumber.ts'
import { deadline } from './within.ts'

/** A flush may ask for its number for this part of its time: the rest is for sending. */
const ASK_PART = 0.5
/** Source: luci-go, whose monitor takes 500 cells at a time. */
const PART_SIZE = 500
/** Giving a number back may take so long. */
const RELEASE_MS = 1_000

/** One task. */
export class State {
  readonly settings: LiveSettings
  readonly metrics: Flushable
  readonly #options: StateOptions
  readonly #clock: Clock
  readonly #log: Log
  readonly #number: TaskNumber
  readonly #loop: FlushLoop
  #instanceId: string | undefined
  #target: TaskIdentity | undefined
  #phase: 'new' | 'started' | 'stopped' = 'new'
  #enabled = false
  /** Each change of `enabled` begins when the one before is done. */
  #turning: Promise<void> = Promise.resolve()
  #giveMetricsBack: () => void = () => {}

  /** @throws MetricsError `invalid` for settings that are not allowed, TypeError without a place to send to. */
  constructor(options: StateOptions) {
    const { taskNumAllocator: allocator, clock = SYSTEM_CLOCK, log = SILENT } = options
    if (options.send === undefined && options.isDevMode !== true)
      throw new TypeError('a task needs send, or isDevMode: true')
    this.#options = options
    this.#clock = clock
    this.#log = log
    this.metrics = options.metrics
    this.#number = new TaskNumber({
      allocator,
      clock,
      log,
      lost: (reason) => {
        log.warn({ reason }, 'cumulative values start anew')
        this.metrics.resetCumulative()
      },
      givenBack: () => this.metrics.resetCumulative(),
      expired: (reason) => this.#loop.giveUp(new MetricsError('unavailable', reason)),
    })
    const leaseMs = allocator?.leaseMs
    this.settings = new LiveSettings({
      document: options.settings ?? {},
      store: options.settingsStore ?? settingsInMemory(),
      limits: () => ({
        leaseMs,
        leastIntervalMs: options.leastIntervalMs,
        destinations: options.destinations?.(),
      }),
      clock,
      log,
    })
    this.#loop = new FlushLoop({
      clock,
      log,
      settings: () => this.settings.current,
      // The heartbeat waits as well: a lease must not end for it.
      maxRetryMs: Math.min(MAX_RETRY_MS, (leaseMs ?? Number.POSITIVE_INFINITY) / FLUSHES_A_LEASE),
      hint: allocator === undefined ? undefined : 'see whether task numbers can be had',
      flush: (signal) => this.#flush(signal),
    })
  }

  /** The target with its number now; undefined before the first flush. */
  get target(): TaskTarget | undefined {
    return this.#target && { ...this.#target, taskNum: this.#number.current }
  }

  /** Which of the instances of the task this is. */
  get instanceId(): string {
    this.#instanceId ??= instanceIdOf(this.#options.instanceId)
    return this.#instanceId
  }

  /**
   * Follows the settings from now on, and flushes while they say so.
   *
   * @throws MetricsError `conflict` when another task flushes these metrics.
   */
  start(): this {
    if (this.#phase !== 'new') throw new Error('cannot start a task twice')
    this.#giveMetricsBack = claimMetrics(this.metrics.source ?? this.metrics)
    this.#phase = 'started'
    const looked = this.settings.start()
    const follow = () => {
      let before = this.settings.current
      this.settings.subscribe((settings) => {
        this.#follow(settings, before)
        before = settings
      })
      if (!before.enabled) this.metrics.setEnabled?.(false)
      this.#follow(before, before)
    }
    // Others' settings are waited for, at most the time of one look: what they switch off does not begin.
    if (this.settings.store.pollMs === undefined) follow()
    else void looked.then(follow)
    return this
  }

  /**
   * Ends the loop, flushes once more if there is a number to do so with, gives the number back, and closes the allocator and the
   * store of the settings.
   *
   * @param withinMs What is not flushed by then is given up; 0: nothing is flushed. @default the setting flush_timeout
   */
  async stop(withinMs: number = this.settings.current.flushTimeoutMs): Promise<void> {
    if (this.#phase !== 'started') return
    this.#phase = 'stopped'
    this.#loop.pause()
    await this.#turning
    if (this.#enabled) {
      if (withinMs > 0) await this.#flushLast(withinMs)
      await this.#leave()
    }
    await Promise.allSettled([this.settings.stop(), this.#options.taskNumAllocator?.close?.()])
    this.#giveMetricsBack()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Flushes now, whatever the schedule says; the next flush is an interval later. Never rejects. */
  async flushNow(): Promise<FlushOutcome> {
    if (this.#phase === 'stopped') return 'stopped'
    return this.#enabled ? this.#loop.run() : 'disabled'
  }

  /** How the task does. */
  status(): TaskStatus {
    const { current, error, store } = this.settings
    return {
      enabled: current.enabled,
      target: this.#target === undefined ? null : targetJson(this.#target),
      instance_id: this.instanceId,
      task_num: this.#number.current,
      last_flush: this.#loop.lastFlush,
      next_flush: this.#loop.nextFlush,
      // What failed before it was disabled is no trouble of now.
      last_error: this.#enabled ? (this.#loop.lastError ?? this.#number.trouble) : null,
      settings: { source: store.name, writable: store.write !== undefined, error },
    }
  }

  /** What the next flush sends, and nothing else; while it is disabled what is recorded. */
  table(): TableRow[] {
    const own = this.settings.current.enabled ? ownRows(this.#options.components ?? {}) : []
    return [...own, ...this.metrics.table()]
  }

  async #flushLast(withinMs: number): Promise<void> {
    const { signal, end } = deadline(this.#clock, withinMs, 'the last flush was not done')
    signal.addEventListener('abort', () => this.#loop.giveUp(signal.reason), { once: true })
    await this.#loop.underWay
    if (this.#number.current !== NO_NUMBER && !signal.aborted) await this.#loop.run()
    end()
  }

  #follow(settings: TaskSettings, before: TaskSettings): void {
    if (this.#phase !== 'started') return
    if (settings.enabled !== this.#enabled) {
      this.#enabled = settings.enabled
      this.metrics.setEnabled?.(settings.enabled)
      this.#turning = this.#turning.then(() => this.#turn())
    } else if (settings.flushIntervalMs !== before.flushIntervalMs) {
      this.#loop.retime()
    }
  }

  /** Carries out what `enabled` says by now. */
  async #turn(): Promise<void> {
    await this.#leave()
    if (this.#enabled && this.#phase === 'started') this.#loop.begin()
  }

  /** Ends flushing and gives the number back. */
  async #leave(): Promise<void> {
    await this.#loop.end(new MetricsError('unavailable', 'the task was stopped or disabled'))
    if (this.#target === undefined) return
    const { signal, end } = deadline(this.#clock, RELEASE_MS, 'the number could not be given back')
    await this.#number.release(this.#target, this.instanceId, signal)
    this.#target = undefined
    end()
  }

  async #flush(signal: AbortSignal): Promise<'sent' | 'no_number'> {
    const { target, beforeFlush, components = {}, partSize = PART_SIZE, isDevMode } = this.#options
    const settings = this.settings.current
    this.#target ??= checkedTarget(typeof target === 'function' ? target() : target)
    const ask = deadline(
      this.#clock,
      settings.flushTimeoutMs * ASK_PART,
      'no answer about the task number',
      signal,
    )
    const taskNum = await this.#number.ask(this.#target, this.instanceId, ask.signal).finally(ask.end)
    if (taskNum === NO_NUMBER) return 'no_number'
    await beforeFlush?.(settings)
    const families = [...ownFamilies(components), ...(await this.metrics.families())]
    const labels = labelsOf({ ...this.#target, taskNum })
    // Reading the values may have taken long; whoever lost the number meanwhile does not send.
    if (this.#number.current !== taskNum)
      throw new MetricsError('unavailable', `task number ${taskNum} was lost`)
    signal.throwIfAborted()
    const send = isDevMode === true ? sendToLog(this.#log) : this.#options.send!
    await ship(families, {
      partSize,
      workers: settings.flushWorkers,
      send: (part) => send(part, labels, signal, settings.destination),
    })
    return 'sent'
  }
}
