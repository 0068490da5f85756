import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { serve } from '../support/serve.ts'

const LANES = 8
const KILLS_PER_LANE = 25
const LOST_MS = 3000

/** Of the 5m ring. */
const SLOT_MS = 3000

/** Numbers of the slots that the 5m ring of a running program has. */
async function slotsOf(url: string): Promise<number[]> {
  const answer = await fetch(`${url}/metrics?period=5m&aggregate=memory_usage`)
  const { data } = (await answer.json()) as { data: { timestamp: number }[] }
  return data.map(({ timestamp }) => Math.floor((timestamp * 1000) / SLOT_MS))
}

/** One life: what it found, what it polled, and when it was killed. */
async function life(dir: string, ms: number) {
  const child = spawn(process.execPath, ['test/support/crashing.mjs', dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const polled: number[] = []
  const faults: string[] = []
  let found = undefined as number[] | undefined
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => {
    const said = JSON.parse(line) as { found?: number[]; polled?: number; fault?: string }
    if (said.found) found = said.found
    if (said.polled) polled.push(said.polled)
    // A line cut by the kill itself is told; nothing else may be wrong.
    if (said.fault && said.fault !== 'journal lines left out') faults.push(line)
  })
  await Promise.race([once(lines, 'line'), once(child, 'close')])
  if (found === undefined) throw new Error('did not start')
  await sleep(ms)
  child.kill('SIGKILL')
  await once(child, 'close')
  return { found, polled, faults, killedAt: Date.now() }
}

describe('kill -9 at random moments, also while saving', () => {
  it(`loses at most the last 3 s and counts nothing twice, ${LANES * KILLS_PER_LANE} times`, async () => {
    const lane = async (): Promise<void> => {
      const dir = newFolder()
      let all: number[] = []
      let killedAt = 0
      for (let i = 0; i <= KILLS_PER_LANE; i++) {
        const {
          found,
          polled,
          faults,
          killedAt: now,
        } = await life(dir, i % 5 === 0 ? 4000 * Math.random() : 600 * Math.random())
        expect(faults).toEqual([])
        expect(new Set(found).size).toBe(found.length)
        const kept = new Set(found)
        const certain = all.filter((ms) => ms < killedAt - LOST_MS)
        expect(certain.filter((ms) => !kept.has(ms))).toEqual([])
        // What it found is what was polled, but for a sample whose line the kill cut off the pipe.
        expect(found.filter((ms) => !all.includes(ms)).length).toBeLessThanOrEqual(1)
        all = [...found, ...polled]
        killedAt = now
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  }, 240_000)

  it(`never keeps the program from starting, nor costs it more than the last 3 s, ${LANES * KILLS_PER_LANE} times`, async () => {
    const lane = async (): Promise<void> => {
      const dir = newFolder()
      let certain: number[] = []
      for (let i = 0; i <= KILLS_PER_LANE; i++) {
        const { url, process, ended } = await serve(['--data', dir])
        const slots = await slotsOf(url)
        expect(slots.length).toBeGreaterThanOrEqual(1)
        expect(certain.filter((slot) => !slots.includes(slot))).toEqual([])
        // Some are told to stop first, and killed while they save.
        if (i % 2 === 0) process.kill('SIGTERM')
        await sleep(Math.random() * (i % 2 === 0 ? 15 : 2500))
        const seen = i % 2 === 0 ? slots : await slotsOf(url)
        process.kill('SIGKILL')
        const killedAt = Date.now()
        await ended
        certain = seen.filter(
          (slot) => (slot + 1) * SLOT_MS <= killedAt - LOST_MS && slot > killedAt / SLOT_MS - 90,
        )
      }
      expect(readdirSync(join(dir, 'metrics')).filter((name) => name.includes('corrupt'))).toEqual([])
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  }, 240_000)

  it('does not keep the program from going on with its history', async () => {
    const dir = newFolder()
    const first = await serve(['--data', dir])
    await sleep(6500)
    const before = await (await fetch(`${first.url}/metrics?period=5m&aggregate=cpu_average`)).json()
    first.process.kill('SIGKILL')
    await first.ended
    const second = await serve(['--data', dir])
    const after = await (await fetch(`${second.url}/metrics?period=5m&aggregate=cpu_average`)).json()
    const rows = (answer: unknown) => (answer as { data: { timestamp: number }[] }).data
    expect(rows(after).length).toBeGreaterThanOrEqual(rows(before).length - 1)
    expect(rows(after).slice(0, rows(before).length - 2)).toEqual(rows(before).slice(0, -2))
  })
})
