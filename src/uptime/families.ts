/**
 * What Prometheus is told, under the names of blackbox_exporter, so that its dashboards and alerts work.
 * Source: blackbox_exporter 0.23, `prober/`. `target` is the alias, `source` the reader's name.
 */
import type { Family, Point } from '../prometheus/index.ts'
import type { Phase } from './probe/probe.ts'
import type { TargetFacts, UptimeSample } from './sample.ts'
import type { TargetState } from './state.ts'
import { STATUSES } from './status.ts'
import type { Kind } from './target/index.ts'

type Words = Readonly<Partial<Record<Phase, string>>>
/** A point's value, and its labels beside source and target. */
type Value = { readonly value: number; readonly phase?: string; readonly status?: string }
type Read = (state: TargetState, kind: Kind | null) => readonly (Value | undefined)[]

const CONNECTION = {
  dns: 'resolve',
  connect: 'connect',
  tls: 'tls',
  first_byte: 'processing',
  transfer: 'transfer',
} as const
/** Phases in its words, by the kinds of targets that have them. */
const PHASED: Readonly<Record<string, { readonly kinds: readonly Kind[]; readonly words: Words }>> = {
  probe_http_duration_seconds: { kinds: ['http', 'ws'], words: CONNECTION },
  probe_icmp_duration_seconds: { kinds: ['icmp'], words: { rtt: 'rtt' } },
  probe_dns_duration_seconds: { kinds: ['dns'], words: { dns: 'request' } },
}

/** Families of one sample. A target that was not probed, as in a quiet window, has a status and no more. */
export function uptimeFamilies(source: string, { facts, states }: UptimeSample): Family[] {
  const family = (name: string, help: string, read: Read): Family => {
    const points: Point[] = []
    facts.forEach(({ alias: target, kind }: TargetFacts, place) => {
      for (const found of read(states[place]!, kind)) {
        if (found === undefined) continue
        const { value, ...labels } = found
        points.push({ labels: { source, target, ...labels }, value })
      }
    })
    return { name, type: 'gauge', help, points }
  }
  return [
    family('probe_success', 'Whether the newest check succeeded.', ({ success }) => [
      success === null ? undefined : { value: Number(success) },
    ]),
    family('probe_duration_seconds', 'How long the newest check took.', ({ success, latencyUs }) => [
      success === null ? undefined : { value: latencyUs / 1e6 },
    ]),
    ...Object.entries(PHASED).map(([name, { kinds, words }]) =>
      family(name, 'How long each phase of the newest check took.', ({ phases }, kind) =>
        kind !== null && kinds.includes(kind)
          ? Object.entries(words).map(([phase, word]) => timeOf(phases[phase as Phase], word))
          : [],
      ),
    ),
    family(
      'probe_dns_lookup_time_seconds',
      'How long names took in the newest check.',
      ({ phases }, kind) => [kind === 'dns' ? undefined : timeOf(phases.dns)],
    ),
    family('probe_http_status_code', 'Status of the newest answer over HTTP.', ({ httpStatus }) => [
      one(httpStatus),
    ]),
    family(
      'probe_ssl_earliest_cert_expiry',
      'Unix time at which the first certificate of the chain in use expires.',
      ({ certificateExpiry }) => [one(certificateExpiry)],
    ),
    family('treering_target_status', 'Status of the target: 1 at its own, 0 at the others.', ({ status }) =>
      STATUSES.filter((each) => each !== 'error').map((each) => ({
        status: each,
        value: Number(each === (status === 'error' ? 'unhealthy' : status)),
      })),
    ),
  ]
}

function one(value: number | undefined): Value | undefined {
  return value === undefined ? undefined : { value }
}

function timeOf(us: number | undefined, phase?: string): Value | undefined {
  return us === undefined ? undefined : { value: us / 1e6, ...(phase === undefined ? {} : { phase }) }
}
