import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Poller } from '../../src/period/index.ts'
import { createSystemInfo } from '../../src/systeminfo/index.ts'
import { TestClock } from '../support/clock.ts'
import { ask } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'

const FILE = 'test/fixtures/godoxy/data-system_info.json'

it("a poller that finds the original's file goes on from it, and keeps what is young enough", async () => {
  const dir = newFolder()
  copyFileSync(FILE, join(dir, 'system_info.json'))
  const { entries } = JSON.parse(readFileSync(FILE, 'utf8')) as {
    entries: Record<string, { entries: { timestamp: number }[] }>
  }
  const newest = Math.max(
    ...Object.values(entries).flatMap((ring) => ring.entries.map(({ timestamp }) => timestamp)),
  )
  const clock = new TestClock((newest + 2) * 1000)
  const open = () => {
    const poller = new Poller(createSystemInfo({ host: false, settleMs: 0 }), { dir, clock })
    poller.load()
    return poller
  }
  const rows = (poller: ReturnType<typeof open>, period: string) =>
    poller.query({ ...ask(period), aggregate: 'cpu_average' }).data as {
      timestamp: number
      cpu_average: number
    }[]
  const poller = open()
  const before = rows(poller, '15m')
  expect(before.length).toBeGreaterThan(80)
  const told = new Map(
    entries['15m']!.entries.map((entry) => [
      entry.timestamp,
      (entry as never as { cpu_average: number }).cpu_average,
    ]),
  )
  for (const { timestamp, cpu_average } of before) expect(cpu_average).toBe(told.get(timestamp))
  for (let beat = 0; beat < 12; beat++) {
    clock.pass(1000)
    await poller.poll()
  }
  await poller.stop()
  const again = open()
  const after = rows(again, '15m')
  expect(after.length).toBeGreaterThan(before.length - 2)
  expect(after.filter(({ timestamp }) => told.has(timestamp)).length).toBeGreaterThan(80)
  expect(after.at(-1)!.timestamp).toBeGreaterThan(newest)
  await again.stop()
})
