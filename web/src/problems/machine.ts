/** What is wrong with the machine. The bounds are those of which most would say so; each is named here once. */
import type { Host, SystemInfoSample } from '../../../src/systeminfo/index.ts'
import { format } from '../units.ts'
import type { Problem, Severity } from './problem.ts'

/** CPU, waiting and steal are judged by the mean of so many seconds. */
export const MEAN_SECONDS = 60

/** From `warn` it is worth a look, from `bad` it wants somebody. */
const BOUNDS = {
  /** Share of a disk that is used, percent. */
  disk: { warn: 85, bad: 95 },
  /** Share of memory that cannot be taken any more, percent. */
  memory: { warn: 90, bad: 97 },
  swap: { warn: 80, bad: 95 },
  /** Share of the last minute, percent: a moment at full speed is what a CPU is for. */
  cpu: { warn: 85, bad: 97 },
  iowait: { warn: 25, bad: 60 },
  steal: { warn: 10, bad: 40 },
  /** Load of five minutes for each CPU. */
  load: { warn: 2, bad: 5 },
  /** Degrees Celsius of a sensor that names no limit of its own. */
  temperature: { warn: 90, bad: 100 },
} as const

/** Means of the last minute; null where there are none. */
export interface LastMinute {
  readonly cpu: number | null
  readonly iowait: number | null
  readonly steal: number | null
}

export function machineProblems(
  source: string,
  sample: SystemInfoSample,
  minute: LastMinute,
  host: Host | undefined,
): Problem[] {
  const problems: Problem[] = []
  const look = (
    what: keyof typeof BOUNDS,
    value: number | null | undefined,
    tell: {
      subject: string
      text: string
      aggregate: string
      key: string
      scale?: number
      id?: string
      meanSeconds?: number
    },
  ) => {
    const severity = severityOf(value, BOUNDS[what])
    if (severity === undefined) return
    const { subject, text, aggregate, key, scale = 1, id = what, meanSeconds } = tell
    const mean = meanSeconds === undefined ? {} : { meanSeconds }
    const since = { source, aggregate, key, least: BOUNDS[what].warn * scale, ...mean }
    problems.push({
      id: `${source}/${id}`,
      severity,
      subject,
      text,
      since,
      link: { view: 'machine', open: aggregate },
    })
  }

  for (const [key, disk] of Object.entries(sample.disks ?? {})) {
    const { path, used, free, used_percent, stale } = disk
    const scale = (used + free) / 100
    const text = `${percent(used_percent)} full, ${format(free, 'bytes')} left`
    look('disk', used_percent, {
      subject: `Disk ${path}`,
      text,
      aggregate: 'disk_usage',
      key,
      scale,
      id: `disk ${key}`,
    })
    if (stale) {
      const text = 'does not answer; what is shown is its last answer'
      problems.push({
        id: `${source}/stale ${key}`,
        severity: 'bad',
        subject: `Disk ${path}`,
        text,
        link: { view: 'machine', open: 'disk_usage' },
      })
    }
  }
  const { memory, swap, load } = sample
  look('memory', memory?.used_percent, {
    subject: 'Memory',
    text: `${percent(memory?.used_percent)} used, ${format(memory?.available, 'bytes')} available`,
    aggregate: 'memory_usage_percent',
    key: 'memory_usage_percent',
  })
  look('swap', swap?.used_percent, {
    subject: 'Swap',
    text: `${percent(swap?.used_percent)} used`,
    aggregate: 'swap_usage_percent',
    key: 'swap_usage_percent',
  })
  look('cpu', minute.cpu, {
    subject: 'CPU',
    text: `${percent(minute.cpu)} busy over the last minute`,
    aggregate: 'cpu_average',
    key: 'cpu_average',
    meanSeconds: MEAN_SECONDS,
  })
  look('iowait', minute.iowait, {
    subject: 'Disks',
    text: `CPUs wait for them ${percent(minute.iowait)} of the time`,
    aggregate: 'cpu_modes',
    key: 'iowait',
    meanSeconds: MEAN_SECONDS,
  })
  look('steal', minute.steal, {
    subject: 'CPU',
    text: `the hypervisor gives ${percent(minute.steal)} of it to others`,
    aggregate: 'cpu_modes',
    key: 'steal',
    meanSeconds: MEAN_SECONDS,
  })
  const cores = host?.cores
  if (load !== null && cores) {
    const text = `${format(load.load5, 'number')} over five minutes, on ${cores} CPU${cores === 1 ? '' : 's'}`
    look('load', load.load5 / cores, {
      subject: 'Load',
      text,
      aggregate: 'load_average',
      key: 'load5',
      scale: cores,
    })
  }
  problems.push(...sensorProblems(source, sample))
  return problems
}

function sensorProblems(source: string, { sensors }: SystemInfoSample): Problem[] {
  return (sensors ?? []).flatMap(({ name, temperature, high, critical }) => {
    // Some drivers give 0 or a fantastic number for a limit that is not set.
    const lawful = (limit: number | null) => (limit !== null && limit > 30 && limit < 150 ? limit : undefined)
    const [warn, bad] = [lawful(high), lawful(critical)]
    const bounds = {
      warn: warn ?? bad ?? BOUNDS.temperature.warn,
      bad: bad ?? (warn === undefined ? BOUNDS.temperature.bad : Number.POSITIVE_INFINITY),
    }
    const severity = severityOf(temperature, bounds)
    if (severity === undefined) return []
    const limit = severity === 'bad' ? bounds.bad : bounds.warn
    return [
      {
        id: `${source}/sensor ${name}`,
        severity,
        subject: name,
        text: `${format(temperature, 'celsius')}, its limit is ${format(limit, 'celsius')}`,
        since: { source, aggregate: 'sensor_temperature', key: name, least: bounds.warn },
        link: { view: 'machine' as const, open: 'sensor_temperature' },
      },
    ]
  })
}

function severityOf(
  value: number | null | undefined,
  { warn, bad }: { readonly warn: number; readonly bad: number },
): Severity | undefined {
  if (value === null || value === undefined) return undefined
  return value >= bad ? 'bad' : value >= warn ? 'warn' : undefined
}

function percent(value: number | null | undefined): string {
  return format(value === null || value === undefined ? value : Math.floor(value), 'percent')
}
