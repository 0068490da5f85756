/** A source that watches real targets, sampled whenever a test wants it. */
import { onTestFinished } from 'vitest'
import { Poller } from '../../src/period/index.ts'
import {
  createUptime,
  type TargetMap,
  type TargetStatus,
  type UptimeOptions,
  type UptimeRow,
} from '../../src/uptime/index.ts'
import { ask } from '../support/depth.ts'
import { keptLog } from '../support/log.ts'

/** One line of the log of checks. */
interface LoggedCheck {
  readonly target: string
  readonly status: string
  readonly latency_us: number
  readonly reason: string | null
}

export function watching(
  targets: TargetMap,
  more: Partial<UptimeOptions> = {},
  dir: string | null = null,
  sampledMs = 100,
) {
  const log = keptLog()
  const source = createUptime({ targets, log, dir, intervalMs: 1000, ...more })
  // Mostly sampled ten times a second, so that a test need not wait for what is known already.
  const poller = new Poller({ ...source, intervalMs: sampledMs }, { dir, log }).start()
  onTestFinished(() => poller.stop())
  const checks = () =>
    log.said.flatMap(({ message, fields }) => (message === 'checked' ? [fields as LoggedCheck] : []))
  return {
    log,
    source,
    poller,
    checks,
    /** Status and reason of a target now. */
    now: () => {
      const { statuses = {} } = poller.latest ?? {}
      return (alias: string): Partial<TargetStatus> => statuses[alias] ?? {}
    },
    rows: (period = '5m') => poller.query(ask(period)).data as UptimeRow[],
    changes: () => log.said.filter(({ fields }) => 'to' in fields).map(({ message }) => message),
  }
}
