/** What treering tells Prometheus of its recorders. */
import type { Family, FamilyType } from '../prometheus/index.ts'
import type { RecorderStatus } from '../recorders/index.ts'

/** Families of how recorders fare, each with a point a recorder. Documents are points where a recorder ships those. */
export function recorderFamilies(recorders: readonly RecorderStatus[]): Family[] {
  const family = (
    name: string,
    type: FamilyType,
    help: string,
    value: (status: RecorderStatus) => number | null,
  ): Family => ({
    name: `treering_recorder_${name}`,
    type,
    help,
    points: recorders.flatMap((status) => {
      const number = value(status)
      return number === null ? [] : [{ labels: { recorder: status.name }, value: number }]
    }),
  })
  return [
    family('shipped', 'counter', 'Documents that the store took.', ({ shipped }) => shipped),
    family('retried', 'counter', 'Documents delivered again after a failure.', ({ retried }) => retried),
    family('refused', 'counter', 'Documents that the store will never take.', ({ refused }) => refused),
    family('dropped', 'counter', 'Documents lost for want of room.', ({ dropped }) => dropped),
    family('queued', 'gauge', 'Documents that wait in memory.', ({ queued }) => queued),
    family('queued_bytes', 'gauge', 'Bytes of those, about.', ({ queued_bytes }) => queued_bytes),
    family('spooled', 'gauge', 'Documents that wait on disk.', ({ spooled }) => spooled),
    family('spooled_bytes', 'gauge', 'Bytes of those.', ({ spooled_bytes }) => spooled_bytes),
    family('deliveries', 'counter', 'Deliveries that succeeded.', ({ deliveries }) => deliveries),
    family(
      'delivery_seconds',
      'counter',
      'How long those took together.',
      ({ delivery_seconds }) => delivery_seconds,
    ),
    family('failures', 'gauge', 'Deliveries that failed in a row.', ({ failures }) => failures),
    family('gone', 'gauge', 'Whether those are more than its backoff allows.', ({ gone }) => Number(gone)),
    family(
      'last_shipped_timestamp_seconds',
      'gauge',
      'Unix time of the newest delivery.',
      ({ last_shipped }) => last_shipped,
    ),
  ]
}
