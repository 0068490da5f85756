/** All that is wrong now, gathered from every source. */
import { useState } from 'preact/hooks'
import type { CountersSample } from '../../../src/counters/index.ts'
import type { Host, SystemInfoSample } from '../../../src/systeminfo/index.ts'
import { useHistory, useLatest, usePage, useSources } from '../page.ts'
import { viewOf } from '../sources.ts'
import type { History } from '../state/series.ts'
import { useStore } from '../state/store.ts'
import type { TargetsSample } from '../targets.ts'
import { counterProblems } from './counters.ts'
import { type LastMinute, machineProblems } from './machine.ts'
import { pollerProblems } from './pollers.ts'
import { type Problem, sortProblems } from './problem.ts'
import { recorderProblems } from './recorders.ts'
import { targetProblems } from './targets.ts'

const MINUTE = 60
/** Seconds between two looks at all targets. */
const TARGETS_EVERY = 2
/** Beyond this many targets a message is long. */
const MANY = 200
const MANY_EVERY = 10
const COUNTERS_EVERY = 10

/**
 * @param host Of the machine, for what depends on its CPUs.
 * @returns What is wrong, the worst first, and what was looked at.
 */
export function useProblems(host: Host | undefined): { problems: Problem[]; checked: string } {
  const page = usePage()
  const { pollers, recorders } = useStore(page.health.state)
  const [machine] = useSources('system_info')
  const [uptime] = useSources('uptime')
  const [counters] = useSources('counters')
  const [many, setMany] = useState(false)
  const targets = useLatest<TargetsSample>(uptime?.name, many ? MANY_EVERY : TARGETS_EVERY)
  const files = useLatest<CountersSample>(counters?.name, COUNTERS_EVERY)
  const latest = useLatest<SystemInfoSample>(machine?.name)
  const minute = useLastMinute(machine?.name)
  const sources = page.live.hello?.sources ?? []
  const problems = sortProblems([
    ...(targets === undefined || uptime === undefined ? [] : targetProblems(uptime.name, targets.sample)),
    ...(pollers === undefined ? [] : pollerProblems(pollers, (name) => viewOf(sources, name))),
    ...recorderProblems(recorders),
    ...(latest === undefined || machine === undefined
      ? []
      : machineProblems(machine.name, latest.sample, minute, host)),
    ...(files === undefined || counters === undefined ? [] : counterProblems(counters.name, files.sample)),
  ])
  const count = Object.keys(targets?.sample.statuses ?? {}).length
  if (count > MANY !== many) setMany(count > MANY)
  const checked = [
    count > 0 && `${count} target${count === 1 ? ' is' : 's are'} up`,
    machine && 'CPU, memory, disks and temperatures are within their bounds',
    pollers && `${pollers.length} source${pollers.length === 1 ? '' : 's'} read well`,
  ]
  return { problems, checked: checked.filter(Boolean).join(' · ') }
}

function useLastMinute(source: string | undefined): LastMinute {
  const ask = (aggregate: string) =>
    source === undefined
      ? undefined
      : { source, seconds: 300, params: { period: '5m', aggregate, stat: 'mean' } }
  const { live } = usePage()
  const [cpu, modes] = [useHistory(ask('cpu_average')), useHistory(ask('cpu_modes'))]
  const mean = (history: History | undefined, key: string) => meanSince(history, key, live.now())
  return {
    cpu: mean(cpu?.history, 'cpu_average'),
    iowait: mean(modes?.history, 'iowait'),
    steal: mean(modes?.history, 'steal'),
  }
}

/** Mean of the last minute; null until half of it is known. */
function meanSince(history: History | undefined, key: string, now: number): number | null {
  const rows = history?.list(now).filter(([, row]) => row.timestamp > now - MINUTE) ?? []
  const values = rows.flatMap(([, row]) => row[key] ?? [])
  const enough = history !== undefined && values.length * history.slotSeconds >= MINUTE / 2
  return enough ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}
