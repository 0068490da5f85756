/** All that is wrong now, gathered from every source. */
import { useState } from 'preact/hooks'
import type { CountersSample } from '../../../src/counters/index.ts'
import type { Host, SystemInfoSample } from '../../../src/systeminfo/index.ts'
import { useHistories, useLatestOfAll, usePage, useSources } from '../page.ts'
import { viewOf } from '../sources.ts'
import type { SourceInfo } from '../state/live.ts'
import type { History } from '../state/series.ts'
import { useStore } from '../state/store.ts'
import { type TargetsSample, tally } from '../targets.ts'
import { counterProblems, isOfFile } from './counters.ts'
import { type LastMinute, MEAN_SECONDS, machineProblems } from './machine.ts'
import { pollerProblems } from './pollers.ts'
import { type Findings, sortProblems } from './problem.ts'
import { recorderProblems } from './recorders.ts'
import { targetProblems } from './targets.ts'

/** Seconds between two looks at all targets. */
const TARGETS_EVERY = 2
/** Beyond this many targets a message is long. */
const MANY = 200
const MANY_EVERY = 10
const COUNTERS_EVERY = 10

/** @param host Of the machine, for what depends on its CPUs. */
export function useProblems(host: Host | undefined): Findings {
  const page = usePage()
  const { pollers, recorders } = useStore(page.health.state)
  const machines = useSources('system_info')
  const uptimes = useSources('uptime')
  const counters = useSources('counters')
  const [many, setMany] = useState(false)
  const targets = useLatestOfAll<TargetsSample>(uptimes, many ? MANY_EVERY : TARGETS_EVERY)
  const files = useLatestOfAll<CountersSample>(counters, COUNTERS_EVERY)
  const latest = useLatestOfAll<SystemInfoSample>(machines, 1)
  const minutes = useLastMinutes(machines)
  const sources = page.live.hello?.sources ?? []
  const isTold = (source: string, fault: string) => {
    const sample = files.get(source)
    return sample !== undefined && isOfFile(sample, fault)
  }
  const problems = sortProblems([
    ...[...latest].flatMap(([name, sample]) =>
      machineProblems(name, sample, minutes.get(name) ?? UNKNOWN, host),
    ),
    ...targetProblems(targets),
    ...(pollers === undefined ? [] : pollerProblems(pollers, (name) => viewOf(sources, name), isTold)),
    ...recorderProblems(recorders),
    ...[...files].flatMap(([name, sample]) => counterProblems(name, sample)),
  ])
  const statuses = [...targets.values()].flatMap((sample) => Object.values(sample.statuses))
  if (statuses.length > MANY !== many) setMany(statuses.length > MANY)
  // One that gave no sample without an error has none to give, as a folder without files.
  const silent = new Set(
    pollers?.filter(({ polls, last_sample }) => polls > 0 && last_sample === null).map(({ name }) => name),
  )
  const heard = ({ name }: SourceInfo) => silent.has(name) || latest.has(name) || targets.has(name)
  return {
    problems,
    checked: tellChecked(statuses, latest.size > 0, pollers?.length ?? 0),
    ready: page.live.hello !== undefined && pollers !== undefined && [...machines, ...uptimes].every(heard),
  }
}

function tellChecked(
  statuses: readonly { readonly status: string }[],
  machine: boolean,
  pollers: number,
): string {
  const { total, up, words } = tally(statuses)
  const targets = up === total ? `${total} target${total === 1 ? ' is' : 's are'} up` : `targets: ${words}`
  const parts = [
    machine && 'CPU, memory, disks and temperatures are within their bounds',
    total > 0 && targets,
    pollers > 0 && `${pollers} source${pollers === 1 ? '' : 's'} read well`,
  ]
  return parts.filter(Boolean).join(' · ')
}

const UNKNOWN: LastMinute = { cpu: null, iowait: null, steal: null }
/** What is judged by its mean: aggregate, and key of its rows. */
const JUDGED = {
  cpu: ['cpu_average', 'cpu_average'],
  iowait: ['cpu_modes', 'iowait'],
  steal: ['cpu_modes', 'steal'],
} as const

/** By source. */
function useLastMinutes(machines: readonly SourceInfo[]): ReadonlyMap<string, LastMinute> {
  const { live } = usePage()
  const aggregates = ['cpu_average', 'cpu_modes']
  const histories = useHistories(
    machines.flatMap(({ name: source }) =>
      aggregates.map((aggregate) => ({
        source,
        seconds: 300,
        params: { period: '5m', aggregate, stat: 'mean' },
      })),
    ),
  )
  return new Map(
    machines.map(({ name }, machine) => {
      const mean = ([aggregate, key]: readonly [string, string]) => {
        const place = machine * aggregates.length + aggregates.indexOf(aggregate)
        return meanSince(histories[place]?.history, key, live.now())
      }
      return [name, { cpu: mean(JUDGED.cpu), iowait: mean(JUDGED.iowait), steal: mean(JUDGED.steal) }]
    }),
  )
}

/** Mean of the last minute; null until half of it is known. */
function meanSince(history: History | undefined, key: string, now: number): number | null {
  const rows = history?.list(now).filter(([, row]) => row.timestamp > now - MEAN_SECONDS) ?? []
  const values = rows.flatMap(([, row]) => row[key] ?? [])
  const enough = history !== undefined && values.length * history.slotSeconds >= MEAN_SECONDS / 2
  return enough ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}
