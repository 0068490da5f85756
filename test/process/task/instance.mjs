/**
 * One instance that holds a task number, to be killed: `node instance.mjs JSON`.
 *
 * Writes to an append-only log what it believes: from when, and until when by its own reckoning, it holds which number. Each line is
 * one write, so lines of many processes do not mix. Times are the kernel's monotonic milliseconds, the same in all processes.
 */
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  fileTaskNumbers,
  NoTaskNumberError,
  postgresTaskNumbers,
  redisTaskNumbers,
} from '../../../dist/process/task/index.js'

const { place, id, leaseMs, beatMs, beats, log } = JSON.parse(process.argv[2])
const open = { file: fileTaskNumbers, redis: redisTaskNumbers, postgres: postgresTaskNumbers }[place.type]
const numbers = open({ ...place, leaseMs })
const task = { serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'a1' }
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000
const write = (line) => appendFileSync(log, `${JSON.stringify({ id, pid: process.pid, ...line })}\n`)

for (let i = 0; i < beats; i++) {
  const asked = now()
  try {
    const number = await numbers.notifyTaskIsAlive(task, id, AbortSignal.timeout(30_000))
    write({ holds: number, from: now(), until: asked + leaseMs * 0.99 })
    if (i === 0) process.stdout.write('holds\n')
  } catch (error) {
    if (error instanceof NoTaskNumberError) write({ lost: now() })
    else write({ trouble: String(error) })
  }
  await sleep(beatMs * (0.5 + Math.random()))
}
write({ drops: now() })
await numbers.release(task, id, AbortSignal.timeout(30_000))
await numbers.close()
