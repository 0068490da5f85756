import type { Source } from '../../src/period/index.ts'

/** How a target is in a test. */
export interface TestTarget {
  status: string
  latency: number
  display_name?: string
  group?: string
  reason?: string | null
  since?: number
  certificate_days?: number
}

interface TargetsSample {
  timestamp: number
  statuses: Record<string, Record<string, unknown>>
}

/** A source of targets in the shape of `uptime`, whose states a test chooses: latencies are milliseconds. */
export function targetsSource(states: () => Readonly<Record<string, TestTarget>>): Source<TargetsSample> {
  return {
    name: 'uptime',
    params: ['precise'],
    collect: async (now) => ({
      timestamp: Math.floor(now / 1000),
      statuses: Object.fromEntries(
        Object.entries(states()).map(([alias, { latency, ...state }]) => [
          alias,
          {
            address: 'tcp://10.0.0.7:5432',
            since: now / 1000 - 90,
            ...state,
            latency: latency * 1e6,
          },
        ]),
      ),
    }),
    aggregate(entries, { keyword }) {
      const aliases = Object.keys(entries.at(-1)?.statuses ?? {}).filter((alias) => alias.includes(keyword))
      const data = aliases.sort().map((alias) => {
        const statuses = entries.flatMap(({ timestamp, statuses }) => {
          const { status, latency } = statuses[alias] ?? {}
          return status === undefined ? [] : [{ status, latency: Number(latency) / 1e6, timestamp }]
        })
        const part = (wanted: string) =>
          statuses.filter(({ status }) => status === wanted).length / (statuses.length || 1)
        const up = part('healthy')
        const display_name = entries.at(-1)?.statuses[alias]?.display_name ?? ''
        return {
          alias,
          display_name,
          uptime: up,
          downtime: part('unhealthy'),
          avg_latency: 7,
          current_status: statuses.at(-1)?.status,
          statuses,
        }
      })
      return { total: data.length, data }
    },
  }
}
