/** Targets whose statuses a test supplies, sampled when it says so. */
import { onTestFinished } from 'vitest'
import { Poller } from '../../src/period/index.ts'
import { createUptime, type SuppliedStatus, type UptimeRow } from '../../src/uptime/index.ts'
import { TestClock } from '../support/clock.ts'
import { ask } from '../support/depth.ts'

/** A poller beaten by hand, whose targets are what the test says. */
export function supplied(
  statuses: (ms: number) => Record<string, SuppliedStatus>,
  dir: string | null = null,
) {
  const clock = new TestClock(1_795_000_000_000)
  const source = createUptime({ targets: () => statuses(clock.ms) })
  const poller = new Poller(source, { dir, clock })
  poller.load()
  onTestFinished(() => poller.stop())
  const rows = (period: string, more = {}) => poller.query(ask(period, more)).data as UptimeRow[]
  const pass = async (ms: number, stepMs: number) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.pass(stepMs)
      await poller.poll()
    }
  }
  return { clock, source, poller, rows, pass }
}
