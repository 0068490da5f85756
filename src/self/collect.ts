/** Reads the numbers of this process. */
import {
  type CpuSample,
  POLLER_COUNTS,
  type PollerNumbers,
  type PollerSample,
  RECORDER_COUNTS,
  type RecorderNumbers,
  type RecorderSample,
  type SelfSample,
  type SocketNumbers,
} from './sample.ts'

/** Where the numbers are asked for. */
export interface Asked {
  readonly pollers: readonly PollerNumbers[]
  readonly recorders: readonly RecorderNumbers[]
  readonly sockets: SocketNumbers
}

/** The sample before, and how long ago it was. */
export interface Since {
  readonly sample: SelfSample
  readonly seconds: number
}

/** @param since Undefined where rates begin anew. */
export function sampleOf(now: number, asked: Asked, since: Since | undefined): SelfSample {
  const { rss: resident, heapUsed: heap_used } = process.memoryUsage()
  const { open, dropped } = asked.sockets
  return {
    timestamp: now / 1000,
    memory: { resident, heap_used },
    cpu: cpuOf(since),
    sockets: { open, dropped },
    pollers: Object.fromEntries(asked.pollers.map((status) => [status.name, pollerSample(status, since)])),
    recorders: Object.fromEntries(
      asked.recorders.map((status) => [status.name, recorderSample(status, since)]),
    ),
  }
}

function cpuOf(since: Since | undefined): CpuSample {
  const { user, system } = process.cpuUsage()
  const percent = (micros: number, before: number | undefined) => {
    const share = before === undefined ? null : rate(micros / 1e6, before, since!.seconds)
    return share === null ? null : Math.round(share * 10_000) / 100
  }
  return {
    user_seconds: user / 1e6,
    system_seconds: system / 1e6,
    user_percent: percent(user, since?.sample.cpu.user_seconds),
    system_percent: percent(system, since?.sample.cpu.system_seconds),
  }
}

function pollerSample(status: PollerNumbers, since: Since | undefined): PollerSample {
  const { name, polls, failures, late, duration_ms } = status
  const before = since && own(since.sample.pollers, name)
  const rates = ratesOf(POLLER_COUNTS, status, before, since?.seconds ?? 0)
  return { polls, failures, late, duration_ms, ...rates } as PollerSample
}

function recorderSample(status: RecorderNumbers, since: Since | undefined): RecorderSample {
  const { name, shipped, retried, refused, dropped, queued, spooled, duration_ms } = status
  const before = since && own(since.sample.recorders, name)
  const rates = ratesOf(RECORDER_COUNTS, status, before, since?.seconds ?? 0)
  return { shipped, retried, refused, dropped, queued, spooled, duration_ms, ...rates } as RecorderSample
}

/** A count that went back was begun anew, and so were all beside it. */
function ratesOf<Count extends string>(
  counts: readonly Count[],
  status: Readonly<Record<Count, number>>,
  before: Readonly<Record<Count, number>> | undefined,
  seconds: number,
): Record<string, number | null> {
  const anew = before === undefined || counts.some((count) => status[count] < before[count])
  return Object.fromEntries(
    counts.map((count) => [`${count}_rate`, anew ? null : rate(status[count], before[count], seconds)]),
  )
}

function rate(value: number, before: number, seconds: number): number | null {
  return seconds > 0 && value >= before ? (value - before) / seconds : null
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
