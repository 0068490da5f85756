/** How many records found no stream of their own, because there were too many already. */
import type { Family } from '../../prometheus/index.ts'
import type { AnyMetric, MetricRow } from './table.ts'

const DESCRIPTION =
  'Records of metrics that found no stream of their own, because there were too many already.'

/** As a family. @param since Unix seconds since when they are counted. */
export function overflowFamily(
  metrics: readonly AnyMetric[],
  labels: Readonly<Record<string, string>>,
  since: number | undefined,
): Family {
  const started = since === undefined ? {} : { started: since }
  return {
    name: 'metric_records_overflowed',
    type: 'counter',
    help: DESCRIPTION,
    points: overflowing(metrics).map(({ name, overflowed }) => ({
      labels: { ...labels, metric: name },
      value: overflowed,
      ...started,
    })),
  }
}

/** The same as rows of the table. */
export function overflowRows(metrics: readonly AnyMetric[], since = 0): MetricRow[] {
  return overflowing(metrics).map(({ name, overflowed }) => ({
    name: 'metric/records_overflowed',
    description: DESCRIPTION,
    unit: undefined,
    type: 'int',
    cumulative: true,
    fields: { metric: name },
    overflow: false,
    started: since,
    value: overflowed,
  }))
}

function overflowing(metrics: readonly AnyMetric[]): readonly AnyMetric[] {
  return metrics.filter(({ overflowed }) => overflowed > 0)
}
