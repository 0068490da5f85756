/** All targets, the worst first: a row for each with its bar, and behind it its chart, reasons and outages. */
import { useState } from 'preact/hooks'
import type { StatusTarget } from '../../../src/http/status.ts'
import { useLatest, useRoute, useShown, useSources } from '../page.ts'
import { Empty } from '../parts/empty.tsx'
import { Filter, matchesFilter, matchesLetters } from '../parts/filter.tsx'
import { useNarrow } from '../parts/narrow.ts'
import { SortHead, sorted } from '../parts/sort.tsx'
import { VirtualTable } from '../parts/virtual.tsx'
import { SLOTS } from '../state/series.ts'
import { type StatusAnswer, useStatus } from '../state/status.ts'
import { groupsOf, type TargetState, type TargetsSample, tally, worstFirst } from '../targets.ts'
import { span } from '../units.ts'
import { TargetDrawer } from './target.tsx'
import { GroupRow, TargetRow } from './targetrow.tsx'

const ROW_HEIGHT = 45
const NARROW_ROW_HEIGHT = 64
/** Of a group's name. */
const NARROW_GROUP_HEIGHT = 34
/** Beyond this many targets a second's message is long: every fifth will do. */
const MANY = 200

/** A target with its newest state. */
export interface Target extends StatusTarget {
  readonly state: TargetState | undefined
  /** What opens it. */
  readonly path: string
}

export function Uptime() {
  const sources = useSources('uptime')
  const { chosen } = useShown()
  const { answer } = useStatus(chosen)
  const { open } = useRoute()
  const [latest, setLatest] = useState<Readonly<Record<string, TargetsSample>>>({})
  if (sources.length === 0 || answer?.targets.length === 0) return <NoTargets />
  const targets = (answer?.targets ?? []).map((target) => withState(target, latest[target.source]))
  const opened = targets.find(({ path }) => path === open)
  return (
    <>
      {sources.map(({ name }) => (
        <Follow
          key={name}
          source={name}
          many={targets.length > MANY}
          told={(sample) => setLatest((all) => ({ ...all, [name]: sample }))}
        />
      ))}
      {answer === undefined ? <p class="muted">Loading…</p> : <Targets targets={targets} answer={answer} />}
      {opened !== undefined && <TargetDrawer target={opened} />}
    </>
  )
}

/** Looks at one source's newest sample. */
function Follow({
  source,
  many,
  told,
}: {
  source: string
  many: boolean
  told: (sample: TargetsSample) => void
}) {
  const latest = useLatest<TargetsSample>(source, many ? 5 : 1)
  const [known, setKnown] = useState(latest)
  if (latest !== known) {
    setKnown(latest)
    if (latest !== undefined) told(latest.sample)
  }
  return null
}

function withState(target: StatusTarget, sample: TargetsSample | undefined): Target {
  const { alias, source } = target
  const state =
    sample !== undefined && Object.hasOwn(sample.statuses, alias) ? sample.statuses[alias] : undefined
  const { status = target.status, since = target.since } = state ?? {}
  return { ...target, status, since, state, path: `${source}/${alias}` }
}

function Targets({ targets, answer }: { targets: readonly Target[]; answer: StatusAnswer }) {
  const { filter, sort, open } = useRoute()
  const narrow = useNarrow()
  const exact = targets.filter(({ name, alias, group }) =>
    matchesFilter(`${name} ${alias} ${group ?? ''}`, filter),
  )
  // What nobody is called is looked for letter by letter.
  const found = exact.length > 0 ? exact : targets.filter(({ alias }) => matchesLetters(alias, filter))
  const ordered = sorted(worstFirst(found) as Target[], sort, {
    name: ({ name }) => name,
    uptime: ({ uptime }) => uptime,
    latency: ({ state, latency }) => (state?.latency === undefined ? latency : state.latency / 1e6),
    since: ({ since }) => since,
    certificate: ({ state }) => state?.certificate_days ?? null,
  })
  const rows = sort === '' ? grouped(ordered) : ordered
  const { down, up, total, words } = tally(targets)
  return (
    <section aria-label="Targets">
      <div class="bar">
        <h2>
          {down > 0 && <span class="bad">{down} down</span>}
          {down === 0 && up === total && <span class="good">All up</span>}
          {down === 0 && up < total && <span>None down</span>} <small>{words}</small>
        </h2>
        <Filter label="Filter by name or group" found={found.length} total={targets.length} />
      </div>
      <VirtualTable
        label="Targets"
        class="targets"
        rows={rows}
        rowHeight={narrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
        heightOf={narrow ? narrowHeight : undefined}
        head={
          <tr>
            <th scope="col" class="state">
              State
            </th>
            <SortHead name="name">Target</SortHead>
            <th scope="col" class="history">
              <span class="ends">
                <span>{span(answer.slot_seconds * SLOTS)} ago</span>
                <span>now</span>
              </span>
            </th>
            <SortHead name="uptime" class="number">
              Up
            </SortHead>
            <SortHead name="latency" class="number" descendingFirst>
              Latency
            </SortHead>
            <SortHead name="since" class="number" descendingFirst>
              For
            </SortHead>
            <SortHead name="certificate" class="number">
              Certificate
            </SortHead>
          </tr>
        }
        row={(row, place) =>
          typeof row === 'string' ? (
            <GroupRow key={`group ${row}`} name={row} place={place} columns={7} />
          ) : (
            <TargetRow key={row.path} target={row} place={place} answer={answer} open={row.path === open} />
          )
        }
      />
      {found.length === 0 && <p class="muted">No target's name holds “{filter}”.</p>}
    </section>
  )
}

function narrowHeight(row: Target | string): number {
  return typeof row === 'string' ? NARROW_GROUP_HEIGHT : NARROW_ROW_HEIGHT
}

/** Each group under its name; without groups the rows as they are. */
function grouped(targets: readonly Target[]): (Target | string)[] {
  return groupsOf(targets).flatMap(([name, members]) => (name === '' ? members : [name, ...members]))
}

function NoTargets() {
  return (
    <Empty title="No targets yet">
      <p>
        A target is anything whose health can be asked: a web page, a port, a database. Name some in the
        configuration:
      </p>
      <pre>
        <code>{`readers:\n  uptime:\n    targets:\n      home: https://example.org\n      db: tcp://127.0.0.1:5432`}</code>
      </pre>
    </Empty>
  )
}
