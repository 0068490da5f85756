import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import { openQueue, TestRecorder } from './support.ts'

const LANES = 3
const KILLS = 6
const NUMBERS_OF_A_LIFE = 1_000_000

/** One life: how many of its numbers, which count from `first`, it said were on the disk. */
async function life(folder: string, first: number, ms: number): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'test/recorders/spooling.ts', folder, String(first)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let spooled = 0
  const lines = createInterface(child.stdout)
  const ready = once(lines, 'line')
  lines.on('line', (line) => {
    spooled = Number(line) || spooled
  })
  await ready
  await sleep(ms)
  // On a machine that is busy it may not have come far.
  await until(() => spooled >= 20)
  child.kill('SIGKILL')
  await once(child, 'close')
  return spooled
}

describe('kill -9 while spooling', () => {
  it(`loses nothing that was spooled and delivers nothing twice, ${LANES * KILLS} times`, async () => {
    const lane = async (): Promise<void> => {
      const folder = newFolder()
      const certain: number[] = []
      for (let i = 0; i < KILLS; i++) {
        const first = i * NUMBERS_OF_A_LIFE
        const spooled = await life(folder, first, 50 + Math.random() * 400)
        certain.push(...Array.from({ length: spooled }, (_, n) => first + n))
      }
      const recorder = new TestRecorder()
      const { queue } = await openQueue(recorder, { spool: folder })
      await until(() => queue.status().spooled === 0)
      const { numbers } = recorder
      const got = new Set(numbers)
      expect(queue.status().dropped).toBe(0)
      expect(certain.length).toBeGreaterThan(100)
      expect(certain.filter((n) => !got.has(n))).toEqual([])
      expect(got.size).toBe(numbers.length)
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  }, 120_000)
})
