import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DEFAULT_SETTINGS,
  memoryTaskNumbers,
  parseSettings,
  SETTINGS_KEYS,
  settingsDocument,
  settingsInFile,
} from '../../../src/process/task/index.ts'
import { MetricsError } from '../../../src/utils/index.ts'
import { MINUTE, settle, task } from './support.ts'

describe('a document of settings', () => {
  test('that is empty means the defaults', () => {
    expect(parseSettings({})).toEqual(DEFAULT_SETTINGS)
    expect(DEFAULT_SETTINGS).toMatchObject({ enabled: false, flushIntervalMs: 60_000, flushTimeoutMs: 5_000 })
  })

  test('with all keys is read, and written the same', () => {
    const document = {
      enabled: true,
      flush_interval: '1m30s',
      flush_timeout: '2.5s',
      flush_workers: 8,
      report_runtime_stats: true,
      destination: ['main', 'spare'],
    }
    expect(Object.keys(document)).toEqual(SETTINGS_KEYS)
    expect(settingsDocument(parseSettings(document))).toEqual(document)
  })

  test.each([
    [{ flush_interval: '9s' }, 'flush_interval: "9s": allowed are 10s to 24h0m0s'],
    [{ flush_interval: '25h' }, 'flush_interval: "25h": allowed are 10s to 24h0m0s'],
    [{ flush_interval: 60 }, 'flush_interval: 60: expected a duration, such as 5s or 1m30s'],
    [{ flush_interval: 'x' }, /^invalid settings: flush_interval: invalid duration "x": expected a number/],
    [{ flush_timeout: '-1s' }, 'flush_timeout: "-1s": allowed are 0s to 24h0m0s'],
    [{ flush_timeout: '60s' }, 'flush_timeout: allowed is less than flush_interval, 1m0s'],
    [{ flush_workers: 0 }, 'flush_workers: 0: allowed are whole numbers from 1 to 64'],
    [{ flush_workers: 1.5 }, 'flush_workers: 1.5: allowed are whole numbers from 1 to 64'],
    [{ enabled: 'yes' }, 'enabled: "yes": allowed are true and false'],
    [{ destination: 'main' }, 'destination: "main": expected a list of up to 16 names of recorders'],
    [{ destination: [1] }, 'destination: [1]: expected a list of up to 16 names of recorders'],
    [{ interval: '10s' }, `interval: unknown key; allowed are ${SETTINGS_KEYS.join(', ')}`],
    [
      { __proto__: null, constructor: 1 },
      `constructor: unknown key; allowed are ${SETTINGS_KEYS.join(', ')}`,
    ],
    [[], `expected a map of ${SETTINGS_KEYS.join(', ')}`],
    ['enabled', `expected a map of ${SETTINGS_KEYS.join(', ')}`],
    [null, `expected a map of ${SETTINGS_KEYS.join(', ')}`],
  ])('like %j is refused, and it is said what is allowed', (document, reason) => {
    const refused = (): unknown => parseSettings(document)
    expect(refused).toThrow(MetricsError)
    expect(refused).toThrow(typeof reason === 'string' ? `invalid settings: ${reason}` : reason)
  })

  test('tells all that is wrong at once', () => {
    expect(() => parseSettings({ enabled: 1, flush_workers: 0 })).toThrow(/enabled: 1: .*; flush_workers: 0:/)
  })

  test('with a timeout of 0 means the default one', () => {
    expect(parseSettings({ flush_timeout: '0s' }).flushTimeoutMs).toBe(DEFAULT_SETTINGS.flushTimeoutMs)
  })

  test('must leave room for three flushes in a lease', () => {
    expect(parseSettings({ flush_interval: '10m' }, { leaseMs: 30 * MINUTE }).flushIntervalMs).toBe(
      10 * MINUTE,
    )
    expect(() => parseSettings({ flush_interval: '11m' }, { leaseMs: 30 * MINUTE })).toThrow(
      'allowed are 10s to 10m0s, a third of the lease of 30m0s',
    )
  })

  test('names recorders that there are', () => {
    const limits = { destinations: ['main', 'spare'] }
    expect(parseSettings({ destination: ['spare'] }, limits).destination).toEqual(['spare'])
    expect(() => parseSettings({ destination: ['x'] }, limits)).toThrow(
      'unknown recorder "x": allowed are main, spare',
    )
    expect(() => parseSettings({ destination: ['x'] }, { destinations: [] })).toThrow(/allowed are none/)
  })

  test('of any kind is either refused or lawful', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.dictionary(
            fc.constantFrom(...SETTINGS_KEYS),
            fc.oneof(fc.jsonValue(), fc.constantFrom('10s', '1h', '3s')),
          ),
        ),
        (document) => {
          try {
            const settings = parseSettings(document)
            expect(settings.flushIntervalMs).toBeGreaterThanOrEqual(10_000)
            expect(settings.flushTimeoutMs).toBeLessThan(settings.flushIntervalMs)
            expect(parseSettings(settingsDocument(settings))).toEqual(settings)
          } catch (error) {
            expect(error).toBeInstanceOf(MetricsError)
          }
        },
      ),
    )
  })
})

describe('settings that change while the task runs', () => {
  test('of the interval show in the next flush, also when the one before was long', async () => {
    const { state, clock, sent } = task({ settings: { enabled: true, flush_interval: '24h' } })
    state.start()
    await clock.pass(5 * MINUTE)
    expect(sent).toHaveLength(1)
    await state.settings.put({ flush_interval: '6m' })
    await clock.pass(MINUTE)
    expect(sent).toHaveLength(2)
    // Shorter than what has passed already: at once.
    await clock.pass(MINUTE)
    await state.settings.put({ flush_interval: '10s' })
    await clock.pass(0)
    expect(sent).toHaveLength(3)
    await clock.pass(30_000)
    expect(sent).toHaveLength(6)
    await state.stop()
  })

  test('are not lost when several are changed at one time', async () => {
    const { state } = task()
    await Promise.all([
      state.settings.put({ flush_interval: '30s' }),
      state.settings.put({ flush_workers: 9 }),
      state.settings.put({ flush_workers: 'x' }).catch(() => {}),
      state.settings.put({ flush_timeout: '7s' }),
    ])
    expect(state.settings.current).toMatchObject({
      flushIntervalMs: 30_000,
      flushWorkers: 9,
      flushTimeoutMs: 7_000,
    })
  })

  test('that are off at the start switch recording off, those that are on leave what was recorded', async () => {
    const off = task({ settings: {} })
    off.numbers.counter = 3
    off.state.start()
    expect(off.numbers).toMatchObject({ counter: 0, switched: [false] })
    await off.state.stop()
  })

  test('do not shorten the wait after a failure', async () => {
    const { state, clock, broken } = task()
    broken.error = new Error('refused')
    state.start()
    await clock.pass(30_000)
    const { next_flush } = state.status()
    await state.settings.put({ flush_interval: '15s' })
    expect(state.status().next_flush).toBe(next_flush)
    await state.stop()
  })

  test('switch it off: values go, recording stops, the number is given back; and on again', async () => {
    const allocator = memoryTaskNumbers()
    const { state, clock, numbers, sent } = task({ taskNumAllocator: allocator })
    state.start()
    await clock.pass(0)
    numbers.counter = 5
    await state.settings.put({ enabled: false })
    await clock.pass(10 * MINUTE)
    expect(sent).toHaveLength(1)
    expect(numbers).toMatchObject({ counter: 0, switched: [true, false] })
    expect(state.status()).toMatchObject({ enabled: false, task_num: -1, target: null, next_flush: null })
    expect(await state.flushNow()).toBe('disabled')
    await state.settings.put({ enabled: true })
    await clock.pass(0)
    expect(sent).toHaveLength(2)
    expect(numbers.switched).toEqual([true, false, true])
    expect(state.status()).toMatchObject({ enabled: true, task_num: 0 })
    await state.stop()
  })

  test('that are switched off and on in one breath leave it running', async () => {
    const { state, clock, sent } = task({ taskNumAllocator: memoryTaskNumbers() })
    state.start()
    await clock.pass(0)
    await Promise.all([state.settings.put({ enabled: false }), state.settings.put({ enabled: true })])
    await clock.pass(MINUTE)
    expect(state.status()).toMatchObject({ enabled: true, task_num: 0, last_error: null })
    expect(sent.length).toBeGreaterThan(1)
    await state.stop()
  })

  test('end a flush that is under way when they switch it off', async () => {
    let signal: AbortSignal | undefined
    const { state, clock, log } = task({
      send: (_families, _labels, given) => {
        signal = given
        return new Promise(() => {})
      },
    })
    state.start()
    await clock.pass(0)
    await state.settings.put({ enabled: false })
    await clock.pass(0)
    expect(signal!.aborted).toBe(true)
    expect(log.said.filter(({ level }) => level === 'warn')).toEqual([])
    await state.stop()
  })

  test('reach the next flush: workers, time limit, destination', async () => {
    const { state, clock, sent } = task()
    state.start()
    await state.settings.put({ destination: ['main'] })
    await clock.pass(0)
    await state.settings.put({ destination: [] })
    await clock.pass(MINUTE)
    expect(sent.map(({ destination }) => destination)).toEqual([['main'], []])
    await state.stop()
  })

  test('are refused as a whole when one is wrong, and those before stay', async () => {
    const { state, clock } = task({ settings: { enabled: true, flush_interval: '20s' } })
    state.start()
    for (const wrong of [
      { flush_interval: '9s' },
      { flush_interval: '30s', flush_workers: 0 },
      { flush_timeout: '20s' },
      { nonsense: 1 },
      'text',
      null,
    ])
      await expect(state.settings.put(wrong)).rejects.toThrow(/invalid settings: /)
    expect(state.settings.current).toMatchObject({ flushIntervalMs: 20_000, flushWorkers: 4 })
    await clock.pass(0)
    await state.stop()
  })

  test('that are refused by the configuration leave the task as it was made, or do not make it', () => {
    const { state } = task({ settings: { enabled: true, flush_interval: '20s' } })
    expect(() => state.settings.configure({ flush_interval: '1s' })).toThrow(/allowed are 10s to 24h/)
    expect(state.settings.current.flushIntervalMs).toBe(20_000)
    state.settings.configure({ flush_interval: '40s' })
    expect(state.settings.current).toMatchObject({ flushIntervalMs: 40_000, enabled: false })
    expect(() => task({ settings: { flush_interval: '1s' } })).toThrow(/allowed are/)
    expect(() =>
      task({ settings: { flush_interval: '2m' }, taskNumAllocator: memoryTaskNumbers({ leaseMs: MINUTE }) }),
    ).toThrow(/a third of the lease of 1m0s/)
  })

  test('from code lie over those of the configuration, key by key', async () => {
    const { state } = task({ settings: { enabled: true, flush_interval: '20s', flush_workers: 2 } })
    await state.settings.put({ flush_workers: 3 })
    expect(state.settings.current).toMatchObject({ enabled: true, flushIntervalMs: 20_000, flushWorkers: 3 })
    state.settings.configure({ enabled: true, flush_workers: 5, flush_interval: '30s' })
    expect(state.settings.current).toMatchObject({ flushIntervalMs: 30_000, flushWorkers: 3 })
  })

  test('of the file alone cannot be changed from here', async () => {
    const { state } = task({ settingsStore: settingsInFile() })
    await expect(state.settings.put({ enabled: false })).rejects.toMatchObject({
      code: 'conflict',
      message: 'cannot change settings: they stand in the configuration file: change them there',
    })
    expect(state.status().settings).toEqual({ source: 'file', writable: false, error: null })
  })

  test('are told to whoever wants to know, when they have changed', async () => {
    const { state } = task()
    const told: number[] = []
    const stop = state.settings.subscribe(({ flushIntervalMs }) => told.push(flushIntervalMs))
    await state.settings.put({ flush_interval: '30s' })
    await state.settings.put({ flush_interval: '30s' })
    stop()
    await state.settings.put({ flush_interval: '40s' })
    expect(told).toEqual([30_000])
    await settle()
  })
})
