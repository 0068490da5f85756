/** A data folder whose rings are all full, as after a month of running. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PERIODS, Poller } from '../../src/period/index.ts'
import { createSystemInfo } from '../../src/systeminfo/index.ts'

export async function fillHistory(dataDir: string): Promise<void> {
  const end = Date.now()
  const clock = { ms: 0, now: () => clock.ms, monotonic: () => clock.ms }
  const poller = new Poller(createSystemInfo({}), { dir: join(dataDir, 'metrics'), clock })
  poller.load()
  const times = PERIODS.flatMap(({ intervalMs }) =>
    Array.from({ length: 100 }, (_, i) => end - i * intervalMs),
  )
  for (const ms of times.sort((a, b) => a - b)) {
    clock.ms = ms
    // The kernel counts CPU time in steps of 10 ms: between two readings there must be some.
    await sleep(25)
    await poller.poll()
  }
  await poller.stop()
}
