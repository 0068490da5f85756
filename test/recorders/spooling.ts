/**
 * A process whose recorder is away and that spools, to be killed: `spooling.ts FOLDER FIRST`. Numbers count from FIRST; prints how many of
 * its own are on the disk, each time that changes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { RecorderQueue } from '../../src/recorders/index.ts'
import { SILENT } from '../../src/utils/index.ts'
import { away, QUICK, shipmentOf, TestRecorder } from './support.ts'

const [folder, first] = process.argv.slice(2)
const recorder = new TestRecorder()
recorder.act = away
const queue = await RecorderQueue.open(
  recorder,
  { ...QUICK, spool: folder, queueCount: 1_000_000, queueBytes: 1e9 },
  SILENT,
)
const found = queue.status().spooled
console.log('ready')
let next = Number(first)
let told = 0
for (;;) {
  const count = Math.floor(Math.random() * 30)
  for (let i = 0; i < count; i++)
    queue.offer(shipmentOf({ n: next++, text: 'x'.repeat(Math.random() * 2000) }))
  await sleep(Math.random() * 5)
  const { spooled } = queue.status()
  if (spooled - found > told) {
    told = spooled - found
    console.log(told)
  }
}
