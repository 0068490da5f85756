/** What treering tells Prometheus of itself: how its pollers and sockets fare. */
import type { PollerStatus } from '../period/index.ts'
import type { Family } from '../prometheus/index.ts'

/** State of one source, for `/metrics`. */
export interface SourceState {
  readonly status: PollerStatus
  readonly sockets: { open: number; dropped: number }
}

export function ownFamilies(version: string, sources: readonly SourceState[]): Family[] {
  const each = (value: (state: SourceState) => number | null) =>
    sources.flatMap((state) => {
      const number = value(state)
      return number === null ? [] : [{ labels: { source: state.status.name }, value: number }]
    })
  return [
    {
      name: 'treering_build',
      type: 'info',
      help: 'Version of treering.',
      points: [{ labels: { version }, value: 1 }],
    },
    {
      name: 'treering_polls',
      type: 'counter',
      help: 'Reads begun.',
      points: each(({ status }) => status.polls),
    },
    {
      name: 'treering_poll_failures',
      type: 'counter',
      help: 'Reads that failed or took too long.',
      points: each(({ status }) => status.failures),
    },
    {
      name: 'treering_polls_late',
      type: 'counter',
      help: 'Beats skipped because the read before was still under way.',
      points: each(({ status }) => status.late),
    },
    {
      name: 'treering_poll_duration_seconds',
      type: 'gauge',
      help: 'How long the newest read took.',
      points: each(({ status }) => (status.duration_ms === null ? null : status.duration_ms / 1000)),
    },
    {
      name: 'treering_last_sample_timestamp_seconds',
      type: 'gauge',
      help: 'Unix time of the newest sample.',
      points: each(({ status }) => status.last_sample),
    },
    {
      name: 'treering_history_saved',
      type: 'gauge',
      help: 'Whether the newest save succeeded.',
      points: each(({ status }) => Number(status.saved)),
    },
    {
      name: 'treering_sockets',
      type: 'gauge',
      help: 'Open WebSocket streams; a socket at /live has several.',
      points: each(({ sockets }) => sockets.open),
    },
    {
      name: 'treering_sockets_dropped',
      type: 'counter',
      help: 'WebSockets dropped because they did not read.',
      points: each(({ sockets }) => sockets.dropped),
    },
  ]
}
