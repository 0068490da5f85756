/**
 * A program with mount points of its own: a sensor's file that can be opened and then answers each read with ENODATA, as
 * drivers do whose chip is off. It is the root, and all there is, of a FUSE file system that this program answers for.
 * Writes what reading that file fails with, and all sensors, as JSON.
 * Source: the kernel's include/uapi/linux/fuse.h.
 */
import { execFileSync } from 'node:child_process'
import { constants, mkdirSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { constants as os } from 'node:os'
import { SensorsReader } from '../../src/systeminfo/sensors.ts'
import { errnoOf } from '../../src/utils/index.ts'

const sys = process.argv[2]!
const chip = `${sys}/class/hwmon/hwmon0`
mkdirSync(chip, { recursive: true })
writeFileSync(`${chip}/name`, 'nvme\n')
for (const n of [1, 2]) {
  writeFileSync(`${chip}/temp${n}_input`, '41000\n')
  writeFileSync(`${chip}/temp${n}_label`, `Sensor ${n}\n`)
}

// Not blocking: a thread that waits for requests would keep the process from ending.
const fuse = openSync('/dev/fuse', constants.O_RDWR | constants.O_NONBLOCK)
const options = 'fd=3,rootmode=100444,user_id=0,group_id=0'
execFileSync('mount', ['-i', '-t', 'fuse', '-o', options, 'nodata', `${chip}/temp1_input`], {
  stdio: ['ignore', 'inherit', 'inherit', fuse],
})

const ANSWERS = new Map<number, () => Buffer | number>([
  // GETATTR: a regular file.
  [3, () => numbers(104, { 16: 1, 76: 0o100444, 80: 1 })],
  // OPEN: past the page cache.
  [14, () => numbers(16, { 8: 1 })],
  // READ.
  [15, () => -os.errno.ENODATA],
  // RELEASE, FLUSH.
  [18, () => 0],
  [25, () => 0],
  // INIT: version 7.31.
  [26, () => numbers(64, { 0: 7, 4: 31, 20: 4096 })],
])

function numbers(size: number, values: Record<number, number>): Buffer {
  const bytes = Buffer.alloc(size)
  for (const [at, value] of Object.entries(values)) bytes.writeUInt32LE(value, Number(at))
  return bytes
}

const request = Buffer.alloc(1 << 20)
const serving = setInterval(() => {
  try {
    readSync(fuse, request)
  } catch {
    return
  }
  const answer = ANSWERS.get(request.readUInt32LE(4))?.() ?? -os.errno.ENOSYS
  const body = typeof answer === 'number' ? Buffer.alloc(0) : answer
  const head = Buffer.alloc(16)
  head.writeUInt32LE(16 + body.length, 0)
  head.writeInt32LE(typeof answer === 'number' ? answer : 0, 4)
  request.copy(head, 8, 8, 16)
  writeSync(fuse, Buffer.concat([head, body]))
}, 1)

const error = await readFile(`${chip}/temp1_input`).then(() => 'none', errnoOf)
const reader = new SensorsReader(sys, () => performance.now())
await reader.ready()
process.stdout.write(JSON.stringify({ error, sensors: reader.look() }))
await reader.close()
clearInterval(serving)
