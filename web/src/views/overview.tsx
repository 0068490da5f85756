/** The first view: what is wrong, what the machine does now, and how reading it fares. */
import type { Host, SystemInfoSample } from '../../../src/systeminfo/index.ts'
import { useLatest, useSources } from '../page.ts'
import { Problems } from '../parts/problems.tsx'
import { Recorders } from '../parts/recorders.tsx'
import { Sources } from '../parts/sources.tsx'
import type { Findings, Problem } from '../problems/problem.ts'
import { MachineTiles } from './machinetiles.tsx'
import { Pinned } from './pinned.tsx'
import { TargetList } from './targetlist.tsx'

interface OverviewProps {
  readonly host: Host | undefined
  readonly findings: Findings
}

export function Overview({ host, findings }: OverviewProps) {
  const machines = useSources('system_info')
  return (
    <>
      <Problems {...findings} />
      {machines.map(({ name }) => (
        <Machine
          key={name}
          source={name}
          title={machines.length > 1 ? name : 'Machine'}
          host={host}
          problems={findings.problems}
        />
      ))}
      <TargetList />
      <Pinned />
      <Sources />
      <Recorders />
    </>
  )
}

interface MachineProps {
  readonly source: string
  readonly title: string
  readonly host: Host | undefined
  readonly problems: readonly Problem[]
}

function Machine({ source, title, host, problems }: MachineProps) {
  const latest = useLatest<SystemInfoSample>(source)
  return (
    <section aria-label={title}>
      <h2>
        {title} {host && <small>{facts(host)}</small>}
      </h2>
      {latest ? (
        <MachineTiles source={source} sample={latest.sample} host={host} problems={problems} />
      ) : (
        <p class="muted">Waiting for the first sample…</p>
      )}
    </section>
  )
}

function facts({ os, kernel, cpu_model, cores, virtualization }: Host): string {
  const cpus = `${cores} CPU${cores === 1 ? '' : 's'}`
  return [os, kernel, `${cpus}${cpu_model ? `, ${cpu_model}` : ''}`, virtualization]
    .filter(Boolean)
    .join(' · ')
}
