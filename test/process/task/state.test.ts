import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryTaskNumbers, NoTaskNumberError, State } from '../../../src/process/task/index.ts'
import { TASK } from './places.ts'
import { MINUTE, Numbers, Scripted, settle, task } from './support.ts'

const none = () => new NoTaskNumberError('none is free')
const down = () => new Error('connection refused')
const seconds = (clock: { now(): number }) => clock.now() / 1000

describe('a task', () => {
  test('flushes at once when it starts, and then each interval', async () => {
    const { state, clock, numbers, sent, value } = task()
    state.start()
    await settle()
    expect(sent).toHaveLength(0)
    await clock.pass(0)
    expect(sent).toHaveLength(1)
    numbers.counter = 7
    await clock.pass(MINUTE - 1)
    expect(sent).toHaveLength(1)
    await clock.pass(1)
    expect(sent).toHaveLength(2)
    expect(value('requests')).toBe(7)
    await state.stop()
  })

  test('tells who it is with every flush, in the labels of luci', async () => {
    const { state, clock, sent } = task({ taskNumAllocator: new Scripted([3]) })
    state.start()
    await clock.pass(0)
    expect(sent[0]!.labels).toEqual({
      service_name: 'shop',
      job_name: 'web',
      data_center: 'eu',
      host_name: 'a1',
      task_num: '3',
    })
    expect(state.target).toEqual({ ...TASK, taskNum: 3 })
    await state.stop()
  })

  test('without an allocator has number 0', async () => {
    const { state, clock, sent } = task()
    expect(state.status().task_num).toBe(-1)
    state.start()
    await clock.pass(0)
    expect(sent[0]!.labels.task_num).toBe('0')
    expect(state.status().task_num).toBe(0)
    await state.stop()
  })

  test('sends that it is there and the versions of its parts, also when nothing was measured', async () => {
    const nothing = { families: () => [], table: () => [], resetCumulative() {} }
    const { state, clock, sent } = task({ metrics: nothing })
    state.start()
    await clock.pass(0)
    expect(sent[0]!.families).toMatchObject([{ name: 'presence_up', points: [{ value: 1 }] }])
    await state.stop()
    const versions = task({ components: { treering: '1.2.3' } })
    versions.state.start()
    await versions.clock.pass(0)
    expect(versions.sent[0]!.families[1]).toMatchObject({
      name: 'component_version',
      type: 'info',
      points: [{ labels: { component: 'treering', version: '1.2.3' }, value: 1 }],
    })
    await versions.state.stop()
  })

  test('is asked for its target and its instance id when they are needed, and once', async () => {
    let targets = 0
    let ids = 0
    const { state, clock } = task({
      target: () => ({ ...TASK, hostName: `a${++targets}` }),
      instanceId: () => `me-${++ids}`,
      settings: { enabled: false },
      taskNumAllocator: memoryTaskNumbers(),
    })
    state.start()
    await clock.pass(MINUTE)
    expect([targets, ids]).toEqual([0, 0])
    expect(state.status()).toMatchObject({ target: null, instance_id: 'me-1' })
    await state.settings.put({ enabled: true })
    await clock.pass(5 * MINUTE)
    expect([targets, ids]).toEqual([1, 1])
    expect(state.status().target).toEqual({
      service_name: 'shop',
      job_name: 'web',
      data_center: 'eu',
      host_name: 'a1',
    })
    await state.stop()
  })

  test('has an id of its own when none is given', () => {
    const [a, b] = [1, 2].map(() => new State({ target: TASK, metrics: new Numbers(), send: async () => {} }))
    expect(a!.instanceId).not.toBe(b!.instanceId)
    expect(a!.instanceId).toBe(a!.instanceId)
    expect(a!.instanceId).toContain(`-${process.pid}-`)
  })

  test('whose target or instance id is not allowed fails to flush and says why', async () => {
    const { state, clock } = task({ target: { ...TASK, jobName: 'a\nb' } })
    state.start()
    await clock.pass(0)
    expect(state.status().last_error).toMatch(/invalid job_name "a\\nb": allowed are up to 256 characters/)
    await state.stop()
  })

  test('needs a place to send to, or dev mode', () => {
    expect(() => new State({ target: TASK, metrics: new Numbers() })).toThrow(TypeError)
  })

  test('in dev mode sends to the log', async () => {
    const { state, clock, sent, log } = task({ isDevMode: true })
    state.start()
    await clock.pass(0)
    expect(sent).toEqual([])
    const { fields } = log.said.find(({ message }) => message === 'flush')!
    expect(fields).toMatchObject({
      labels: { task_num: '0' },
      text: expect.stringContaining('requests_total 0'),
    })
    await state.stop()
  })

  test('calls what takes measures before each flush reads the values', async () => {
    const { state, clock, numbers, value } = task({
      beforeFlush: ({ reportRuntimeStats }) => {
        numbers.gauge = reportRuntimeStats ? 2 : 1
      },
    })
    state.start()
    await clock.pass(0)
    expect(value('depth')).toBe(1)
    await state.settings.put({ report_runtime_stats: true })
    await clock.pass(MINUTE)
    expect(value('depth')).toBe(2)
    await state.stop()
  })

  test('flushes on demand; the next flush is an interval later', async () => {
    const { state, clock, sent } = task()
    expect(await state.flushNow()).toBe('disabled')
    state.start()
    await clock.pass(MINUTE / 2)
    expect(await state.flushNow()).toBe('sent')
    expect(sent).toHaveLength(2)
    await clock.pass(MINUTE - 1)
    expect(sent).toHaveLength(2)
    await clock.pass(1)
    expect(sent).toHaveLength(3)
    await state.stop()
    expect(await state.flushNow()).toBe('stopped')
  })

  test('tells how it does', async () => {
    const { state, clock } = task()
    state.start()
    await clock.pass(0)
    expect(state.status()).toEqual({
      enabled: true,
      target: { service_name: 'shop', job_name: 'web', data_center: 'eu', host_name: 'a1' },
      instance_id: 'me',
      task_num: 0,
      last_flush: seconds(clock),
      next_flush: seconds(clock) + 60,
      last_error: null,
      settings: { source: 'code', writable: true, error: null },
    })
    await state.stop()
  })

  test('and another on the same metrics is a conflict, until the first has stopped', async () => {
    const { state, numbers } = task()
    state.start()
    const other = task({ metrics: numbers }).state
    expect(() => other.start()).toThrow(/cannot flush these metrics: another task does/)
    await state.stop()
    other.start()
    await other.stop()
    expect(Object.keys(numbers)).toEqual(['counter', 'gauge', 'resets', 'switched'])
  })

  test('and another on other views of one source is a conflict, too', async () => {
    const source = {}
    const view = () => Object.assign(new Numbers(), { source })
    const { state } = task({ metrics: view() })
    state.start()
    const other = task({ metrics: view() }).state
    expect(() => other.start()).toThrow(expect.objectContaining({ code: 'conflict' }))
    await state.stop()
    other.start()
    await other.stop()
  })

  test('forgets what failed when it is disabled', async () => {
    const { state, clock, broken } = task()
    broken.error = down()
    state.start()
    await clock.pass(0)
    expect(state.status().last_error).toBe('connection refused')
    await state.settings.put({ enabled: false })
    await clock.pass(0)
    expect(state.status().last_error).toBeNull()
    await state.stop()
  })

  test('leaves no timer behind', async () => {
    const { state, clock } = task({ taskNumAllocator: memoryTaskNumbers() })
    state.start()
    await clock.pass(10 * MINUTE)
    await state.stop()
    expect(clock.waiting).toBe(0)
  })

  test('ends by `await using`', async () => {
    const allocator = new Scripted([0])
    {
      const { state, clock } = task({ taskNumAllocator: allocator })
      await using started = state.start()
      await clock.pass(0)
      expect(started.status().task_num).toBe(0)
    }
    expect(allocator.released).toEqual(['me'])
  })
})

describe('the schedule', () => {
  test('waits 10, 20, 40 … 600 s after failures, and the interval again after a success', async () => {
    const { state, clock, broken, sent } = task()
    state.start()
    await clock.pass(0)
    expect(sent).toHaveLength(1)
    broken.error = down()
    await clock.pass(MINUTE)
    const flushed = seconds(clock) - 60
    const waits = []
    for (let i = 0; i < 9; i++) {
      const status = state.status()
      expect(status).toMatchObject({ last_flush: flushed, last_error: 'connection refused' })
      waits.push(Math.round(status.next_flush! - seconds(clock)))
      await clock.pass(waits.at(-1)! * 1000)
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600])
    broken.error = undefined
    await clock.pass(600_000)
    expect(sent).toHaveLength(2)
    expect(state.status()).toMatchObject({ last_error: null, last_flush: seconds(clock) })
    expect(state.status().next_flush! - seconds(clock)).toBe(60)
    broken.error = down()
    await clock.pass(MINUTE)
    expect(state.status().next_flush! - seconds(clock)).toBe(10)
    await state.stop()
  })

  test('waits no longer than a third of the lease: the heartbeat waits with it', async () => {
    const { state, clock, broken } = task({ taskNumAllocator: new Scripted([0], 3 * MINUTE) })
    broken.error = down()
    state.start()
    await clock.pass(30 * MINUTE)
    expect(state.status().next_flush! - seconds(clock)).toBeLessThanOrEqual(60)
    await state.stop()
  })

  test('is not touched by a step of the wall clock', async () => {
    const { state, clock, sent } = task({ taskNumAllocator: memoryTaskNumbers() })
    state.start()
    await clock.pass(0)
    clock.jump(3600_000)
    await clock.pass(MINUTE)
    clock.jump(-7200_000)
    await clock.pass(MINUTE)
    expect(sent).toHaveLength(3)
    await state.stop()
  })

  test('does not drift with flushes that take long', async () => {
    const begun: number[] = []
    const { state, clock } = task({
      send: () => {
        begun.push(clock.monotonic())
        return new Promise((resolve) => clock.timer(3_000, resolve))
      },
    })
    state.start()
    await clock.pass(10 * MINUTE)
    expect(begun.map((ms) => ms - begun[0]!)).toEqual(Array.from({ length: 11 }, (_, i) => i * MINUTE))
    await clock.pass(4_000)
    await state.stop(0)
  })

  test('complains when nothing was flushed for five intervals', async () => {
    const { state, clock, broken, log } = task({ taskNumAllocator: new Scripted([0]) })
    broken.error = down()
    const errors = () => log.said.filter(({ level }) => level === 'error').map(({ message }) => message)
    state.start()
    await clock.pass(300_000)
    expect(errors()).toEqual([])
    await clock.pass(600_000)
    const hint = 'see whether task numbers can be had'
    expect(errors()).toEqual([
      `nothing was flushed for 5m10s: ${hint}`,
      `nothing was flushed for 10m30s: ${hint}`,
    ])
    await state.stop()
  })

  test('gives a flush its time and no more', async () => {
    let signal: AbortSignal | undefined
    const { state, clock } = task({
      send: (_families, _labels, given) => {
        signal = given
        return new Promise(() => {})
      },
    })
    state.start()
    await clock.pass(4_999)
    expect(signal!.aborted).toBe(false)
    expect(await state.flushNow()).toBe('busy')
    await clock.pass(1)
    expect(signal!.aborted).toBe(true)
    expect(state.status()).toMatchObject({
      last_error: 'the flush was not done within 5000 ms',
      last_flush: null,
    })
    await state.stop(0)
  })

  test('never runs two flushes at a time, whatever is asked for and whenever', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('pass', 'flush', 'put'), fc.nat(90_000)), { maxLength: 30 }),
        async (steps) => {
          let running = 0
          let most = 0
          const { state, clock } = task({
            send: async (_families, _labels, _signal) => {
              most = Math.max(most, ++running)
              await new Promise<void>((resolve) => clock.timer(2_500, resolve))
              running--
            },
          })
          state.start()
          for (const [what, ms] of steps) {
            if (what === 'flush') void state.flushNow()
            if (what === 'put') await state.settings.put({ flush_interval: `${10 + (ms % 50)}s` })
            await clock.pass(ms)
          }
          await clock.pass(3_000)
          void state.stop(0)
          await clock.pass(10_000)
          expect(most).toBe(1)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('a task number', () => {
  test('is asked for once for each due flush, by one of two that come at once', async () => {
    const allocator = new Scripted([0])
    const { state, clock } = task({ taskNumAllocator: allocator })
    state.start()
    await clock.pass(0)
    const [first, second] = await Promise.all([state.flushNow(), state.flushNow()])
    expect([first, second]).toEqual(['sent', 'busy'])
    await clock.pass(MINUTE)
    expect(allocator.asked).toEqual(Array(3).fill({ instanceId: 'me', hostName: 'a1' }))
    await state.stop()
  })

  test('that is not there yet holds everything back, and nothing is reset', async () => {
    const allocator = new Scripted([none(), 0])
    const { state, clock, numbers, sent, value } = task({ taskNumAllocator: allocator })
    state.start()
    numbers.counter++
    await clock.pass(0)
    expect(allocator.asked).toEqual([{ instanceId: 'me', hostName: 'a1' }])
    expect(sent).toEqual([])
    expect(state.status()).toMatchObject({
      task_num: -1,
      last_flush: null,
      next_flush: seconds(clock) + 60,
      last_error: 'no task number: none is free',
    })
    numbers.counter++
    await clock.pass(MINUTE)
    expect(value('requests')).toBe(2)
    expect(numbers.resets).toBe(0)
    expect(state.status()).toMatchObject({ task_num: 0, last_error: null })
    await state.stop()
  })

  test('that is lost starts cumulative values anew, once, and nothing is sent until there is another', async () => {
    const allocator = new Scripted([0, none(), none(), 4])
    const { state, clock, numbers, sent, value, log } = task({ taskNumAllocator: allocator })
    state.start()
    numbers.gauge = 5
    numbers.counter = 1
    await clock.pass(0)
    expect(value('requests')).toBe(1)
    numbers.counter++
    await clock.pass(MINUTE)
    expect([sent.length, numbers.counter, numbers.gauge, numbers.resets]).toEqual([1, 0, 5, 1])
    expect(log.said.filter(({ message }) => message === 'cumulative values start anew')).toHaveLength(1)
    numbers.counter = 3
    await clock.pass(MINUTE)
    expect([sent.length, numbers.counter, numbers.resets]).toEqual([1, 3, 1])
    await clock.pass(MINUTE)
    expect([sent.length, value('requests'), numbers.resets]).toEqual([2, 3, 1])
    expect(sent[1]!.labels.task_num).toBe('4')
    await state.stop()
  })

  test('that becomes another one starts cumulative values anew before anything is sent with it', async () => {
    const { state, clock, numbers, sent, value } = task({ taskNumAllocator: new Scripted([3, 7]) })
    state.start()
    await clock.pass(0)
    numbers.counter = 9
    await clock.pass(MINUTE)
    expect(numbers.resets).toBe(1)
    expect(sent.map(({ labels }) => labels.task_num)).toEqual(['3', '7'])
    expect(value('requests')).toBe(0)
    await state.stop()
  })

  test('that is given back starts cumulative values anew, once: they are not counted again under the next one', async () => {
    const allocator = new Scripted([0, 1])
    const { state, clock, numbers, value, sent, log } = task({ taskNumAllocator: allocator })
    // What is recorded goes on while flushes are off.
    numbers.setEnabled = () => {}
    state.start()
    numbers.counter = 5
    await clock.pass(0)
    expect(value('requests')).toBe(5)
    await state.settings.put({ enabled: false })
    await clock.pass(0)
    expect([numbers.counter, numbers.resets, allocator.released]).toEqual([0, 1, ['me']])
    numbers.counter = 2
    await clock.pass(MINUTE)
    await state.settings.put({ enabled: true })
    await clock.pass(0)
    expect([value('requests'), sent.at(-1)!.labels.task_num, numbers.resets]).toEqual([2, '1', 1])
    await state.stop()
    expect(numbers.resets).toBe(2)
    // The task that comes after it goes on with what was recorded meanwhile.
    numbers.counter = 1
    const next = task({ metrics: numbers })
    next.state.start()
    await next.clock.pass(0)
    expect([next.value('requests'), numbers.resets]).toEqual([1, 2])
    await next.state.stop()
    expect(log.said.filter(({ level }) => level === 'warn')).toEqual([])
  })

  test('that was lost is not given back: nothing is reset twice', async () => {
    const { state, clock, numbers } = task({ taskNumAllocator: new Scripted([0, none()]) })
    state.start()
    await clock.pass(MINUTE)
    expect(numbers.resets).toBe(1)
    await state.stop()
    expect(numbers.resets).toBe(1)
  })

  test('that cannot be asked for is a failure that is tried again, not the lack of a number', async () => {
    const { state, clock, numbers, sent } = task({ taskNumAllocator: new Scripted([down(), down(), 0]) })
    state.start()
    await clock.pass(0)
    expect(state.status()).toMatchObject({ task_num: -1, last_error: 'connection refused' })
    await clock.pass(10_000)
    expect(sent).toEqual([])
    await clock.pass(20_000)
    expect(sent).toHaveLength(1)
    expect(numbers.resets).toBe(0)
    await state.stop()
  })

  test('is kept while nobody can be asked, to the end of its lease and not longer', async () => {
    const allocator = new Scripted([2, down()], 5 * MINUTE)
    const { state, clock, numbers, sent } = task({ taskNumAllocator: allocator })
    state.start()
    await clock.pass(4 * MINUTE)
    expect(sent).toHaveLength(5)
    expect(state.status()).toMatchObject({
      task_num: 2,
      last_error: 'cannot renew task number 2: connection refused: it is kept until its lease ends',
    })
    // One part in a hundred before the store's end of it, and between two flushes.
    await clock.pass(MINUTE - 3_001)
    expect(state.status().task_num).toBe(2)
    await clock.pass(1)
    expect(state.status()).toMatchObject({ task_num: -1 })
    expect(state.status().last_error).toMatch(/the lease of number 2 has ended/)
    expect(numbers.resets).toBe(1)
    await clock.pass(10 * MINUTE)
    expect(sent).toHaveLength(5)
    expect(numbers.resets).toBe(1)
    allocator.next = [1]
    await clock.pass(10 * MINUTE)
    expect(sent.at(-1)!.labels.task_num).toBe('1')
    expect(numbers.resets).toBe(1)
    await state.stop()
  })

  test('is lost by an allocator that never answers only when its lease ends', async () => {
    const allocator = new Scripted([2, () => new Promise(() => {})], 5 * MINUTE)
    const { state, clock, sent } = task({ taskNumAllocator: allocator })
    state.start()
    await clock.pass(2 * MINUTE + 4_000)
    expect(sent).toHaveLength(3)
    expect(state.status().last_error).toMatch(/no answer about the task number within 2500 ms/)
    await clock.pass(20 * MINUTE)
    expect(sent.length).toBeLessThan(6)
    expect(state.status().task_num).toBe(-1)
    await state.stop(0)
  })

  test('whose lease has ended while it is being sent with ends the sending', async () => {
    const signals: AbortSignal[] = []
    const { state, clock, numbers } = task({
      taskNumAllocator: new Scripted([2, down()], 3 * MINUTE),
      settings: { enabled: true, flush_timeout: '59s' },
      send: async (_families, _labels, signal) => {
        signals.push(signal)
        if (signals.length === 3) await new Promise(() => {})
      },
    })
    state.start()
    await clock.pass(3 * MINUTE - 1_800)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, true])
    expect(numbers.resets).toBe(1)
    await state.stop(0)
  })

  test('is not held through a sleep of the machine that was longer than the lease', async () => {
    const { state, clock, sent } = task({ taskNumAllocator: new Scripted([2, down()], 5 * MINUTE) })
    state.start()
    await clock.pass(0)
    clock.sleep(5 * MINUTE)
    expect(state.status().task_num).toBe(-1)
    await clock.pass(10 * MINUTE)
    expect(sent).toHaveLength(1)
    await state.stop()
  })

  test('that comes after its lease has ended is not used', async () => {
    const allocator = new Scripted([])
    const { state, clock, sent } = task({ taskNumAllocator: allocator })
    allocator.next = [
      async () => {
        clock.sleep(31 * MINUTE)
        return 5
      },
      6,
    ]
    state.start()
    await clock.pass(0)
    expect(sent).toEqual([])
    expect(state.status().task_num).toBe(-1)
    await clock.pass(10_000)
    expect(sent[0]!.labels.task_num).toBe('6')
    await state.stop()
  })

  test('keeps a real allocator and a task together through a lost lease', async () => {
    const clock = task().clock
    const allocator = memoryTaskNumbers({ clock, leaseMs: 5 * MINUTE })
    const { state, numbers, sent } = task({ clock, taskNumAllocator: allocator })
    state.start()
    await clock.pass(0)
    clock.sleep(6 * MINUTE)
    // Another instance takes the number that is free by now.
    expect(await allocator.notifyTaskIsAlive(TASK, 'other', AbortSignal.timeout(1000))).toBe(0)
    await clock.pass(MINUTE)
    expect(state.status().task_num).toBe(-1)
    await clock.pass(MINUTE)
    expect(state.status().task_num).toBe(1)
    expect(sent.map(({ labels }) => labels.task_num)).toEqual(['0', '1'])
    expect(numbers.resets).toBe(1)
    await state.stop()
  })
})

describe('a stop', () => {
  test('flushes once more and gives the number back', async () => {
    const allocator = new Scripted([2])
    const { state, clock, numbers, sent, value } = task({ taskNumAllocator: allocator })
    state.start()
    await clock.pass(MINUTE / 2)
    numbers.counter = 5
    await state.stop()
    expect(sent).toHaveLength(2)
    expect(value('requests')).toBe(5)
    expect(allocator.released).toEqual(['me'])
    expect(state.status()).toMatchObject({ task_num: -1, next_flush: null })
    await state.stop()
    expect(allocator.released).toEqual(['me'])
  })

  test('takes no number to give it back at once', async () => {
    const allocator = new Scripted([none()])
    const { state, clock, sent } = task({ taskNumAllocator: allocator })
    state.start()
    await clock.pass(0)
    await state.stop()
    expect(allocator.asked).toHaveLength(1)
    expect(sent).toEqual([])
  })

  test('waits for a flush that is under way, but not longer than it may take', async () => {
    let done: () => void = () => {}
    const { state, clock, log } = task({ send: () => new Promise((resolve) => (done = resolve)) })
    state.start()
    await clock.pass(0)
    let stopped = false
    const stopping = state.stop(1_000).then(() => (stopped = true))
    await clock.pass(999)
    expect(stopped).toBe(false)
    await clock.pass(1)
    await stopping
    done()
    expect(log.said.filter(({ level }) => level === 'warn')).toEqual([])
  })

  test('of a task that was never enabled, or never started, does nothing', async () => {
    const allocator = new Scripted([2])
    const { state, clock } = task({ taskNumAllocator: allocator, settings: {} })
    await state.stop()
    state.start()
    await clock.pass(MINUTE)
    await state.stop()
    expect(allocator.asked).toEqual([])
    expect(allocator.released).toEqual([])
    expect(() => state.start()).toThrow(/twice/)
  })

  test('is not kept from ending by an allocator that cannot take a number back', async () => {
    const allocator = new Scripted([2])
    allocator.release = () => new Promise(() => {})
    const { state, clock, log } = task({ taskNumAllocator: allocator })
    state.start()
    await clock.pass(0)
    const stopping = state.stop()
    await clock.pass(1_000)
    await stopping
    expect(log.said.at(-1)).toMatchObject({ message: 'cannot give the task number back' })
  })
})

describe('what is sent', () => {
  const families = (count: number) => [
    {
      name: 'a',
      type: 'gauge' as const,
      help: '',
      points: Array.from({ length: count }, (_, i) => ({ labels: { i: String(i) }, value: i })),
    },
  ]
  const metrics = (count: number) => ({
    families: () => families(count),
    table: () => [],
    resetCumulative() {},
  })
  const cells = (parts: readonly { families: readonly { points: readonly object[] }[] }[]) =>
    parts.map((part) => part.families.reduce((sum, { points }) => sum + points.length, 0))

  test('goes in parts of the given size; 0 is all in one', async () => {
    // With the task's own cell there are 43.
    for (const [partSize, parts] of [
      [42, [42, 1]],
      [0, [43]],
      [1, Array(43).fill(1)],
      [43, [43]],
    ] as const) {
      const { state, clock, sent } = task({ metrics: metrics(42), partSize })
      state.start()
      await clock.pass(0)
      expect(cells(sent)).toEqual(parts)
      expect(sent.flatMap(({ families: some }) => some.flatMap(({ points }) => points))).toHaveLength(43)
      await state.stop()
    }
  })

  test('goes in parts of 500 cells where nothing is said, by four workers', async () => {
    const { state, clock, sent } = task({ metrics: metrics(1200) })
    state.start()
    await clock.pass(0)
    expect(cells(sent)).toEqual([500, 500, 201])
    await state.stop()
  })

  test('never parts the buckets of a distribution', async () => {
    const bucket = (route: string, suffix: string, le?: string) => ({
      suffix,
      labels: { route, ...(le === undefined ? {} : { le }) },
      value: 1,
    })
    const points = ['/a', '/b', '/c'].flatMap((route) => [
      bucket(route, '_bucket', '1'),
      bucket(route, '_bucket', '+Inf'),
      bucket(route, '_sum'),
      bucket(route, '_count'),
    ])
    const histogram = { name: 'seconds', type: 'histogram' as const, help: '', points }
    const { state, clock, sent } = task({
      metrics: { families: () => [histogram], table: () => [], resetCumulative() {} },
      partSize: 2,
    })
    state.start()
    await clock.pass(0)
    expect(cells(sent)).toEqual([5, 8])
    await state.stop()
  })

  test('goes by as many workers as the settings say, and none begins after an error', async () => {
    let running = 0
    let most = 0
    let begun = 0
    const { state, clock, broken } = task({
      metrics: metrics(19),
      partSize: 1,
      settings: { enabled: true, flush_workers: 3 },
      send: async () => {
        begun++
        most = Math.max(most, ++running)
        await settle()
        running--
        if (broken.error !== undefined) throw broken.error
      },
    })
    state.start()
    for (let i = 0; i < 10; i++) await clock.pass(0)
    expect([most, begun]).toEqual([3, 20])
    broken.error = new Error('refused')
    begun = 0
    await clock.pass(MINUTE)
    expect(begun).toBe(3)
    expect(state.status().last_error).toBe('refused')
    await state.stop(0)
  })

  test('is nothing when the values cannot be read: the flush has failed', async () => {
    const { state, clock, sent } = task({
      metrics: {
        families: () => Promise.reject(new Error('broken')),
        table: () => [],
        resetCumulative() {},
      },
    })
    state.start()
    await clock.pass(0)
    expect(sent).toEqual([])
    expect(state.status().last_error).toBe('broken')
    await state.stop(0)
  })
})
