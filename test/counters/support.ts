/** Folders in shared memory, a decoder and an encoder written naively from the layout, and child processes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import {
  type CountersSample,
  type CountersSource,
  type CountersSourceOptions,
  createCountersSource,
} from '../../src/counters/index.ts'

export const FIXTURES = fileURLToPath(new URL('../fixtures/counters/', import.meta.url))

/** A source that is closed when the test ends, and read as a poller does. */
export function open(
  options: CountersSourceOptions,
): CountersSource & { read(last?: CountersSample): Promise<CountersSample> } {
  const source = createCountersSource(options)
  onTestFinished(() => source.close())
  return Object.assign(source, {
    read: async (last?: CountersSample) => {
      const nothing = { timestamp: Date.now() / 1000, files: {} }
      return source.collect(Date.now(), last, new AbortController().signal) ?? nothing
    },
  })
}

/** A folder of this test, in shared memory where there is some; removed when the test ends. */
export function folder(): string {
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'treering-test-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export interface Decoded {
  version: number
  pid: number
  started: number
  statics: [string, string][]
  counters: { id: bigint; label: string; value: bigint; slot: number }[]
}

/** Byte by byte, as the layout says: nothing of the code under test. */
export function decode(path: string): Decoded {
  const bytes = [...readFileSync(path)]
  const unsigned = (at: number, length: number) => {
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[at + i]!)
    return value
  }
  const int32 = (at: number) => Number(BigInt.asIntN(32, unsigned(at, 4)))
  const int64 = (at: number) => BigInt.asIntN(64, unsigned(at, 8))
  const text = (at: number, length: number) => Buffer.from(bytes.slice(at, at + length)).toString()
  const statics: [string, string][] = []
  let at = 132
  for (let n = 0; n < int32(128); n++) {
    const [label, value] = [int32(at), int32(at + 4)]
    statics.push([text(at + 8, label), text(at + 8 + label, value)])
    at += 8 + label + value
    while (at % 4 !== 0) at++
  }
  const counters: Decoded['counters'] = []
  const metadata = 128 + int32(4)
  const values = metadata + int32(8)
  for (let slot = 0; slot < int32(8) / 512; slot++) {
    const word = int64(metadata + slot * 512)
    if ((word & 255n) === 0n) break
    if ((word & 255n) !== 2n) continue
    const label = text(metadata + slot * 512 + 132, int32(metadata + slot * 512 + 128))
    counters.push({ id: word >> 8n, label, value: int64(values + slot * 128), slot })
  }
  return { version: int32(0), pid: Number(int64(16)), started: Number(int64(24)), statics, counters }
}

export interface Plan {
  version?: number
  pid?: number
  started?: number
  /** Bytes of the section; 4 is what mc4go and mc4j write without statics. */
  staticsLength?: number
  capacity?: number
  slots?: { id?: bigint; status?: number; label?: string; value?: bigint }[]
  /** Bytes of the file. Default: to the next page. */
  size?: number
}

/** A file as another program may write it. */
export function encode(plan: Plan = {}): Buffer {
  const { staticsLength = 128, slots = [], capacity = slots.length } = plan
  const metadata = 128 + staticsLength
  const values = metadata + 512 * capacity
  const end = values + 128 * capacity
  const bytes = Buffer.alloc(Math.ceil(end / 4096) * 4096)
  bytes.writeInt32LE(plan.version ?? 1, 0)
  bytes.writeInt32LE(staticsLength, 4)
  bytes.writeInt32LE(512 * capacity, 8)
  bytes.writeInt32LE(128 * capacity, 12)
  bytes.writeBigInt64LE(BigInt(plan.pid ?? process.pid), 16)
  bytes.writeBigInt64LE(BigInt(plan.started ?? 1_700_000_000_000), 24)
  slots.forEach(({ id = 0n, status = 2, label = '', value = 0n }, slot) => {
    bytes.writeBigInt64LE((id << 8n) | BigInt(status), metadata + slot * 512)
    bytes.writeInt32LE(Buffer.byteLength(label), metadata + slot * 512 + 128)
    bytes.write(label, metadata + slot * 512 + 132)
    bytes.writeBigInt64LE(value, values + slot * 128)
  })
  return bytes.subarray(0, plan.size ?? bytes.length)
}

/** Starts `child.ts` with a task. It prints `ready`, then does it. Killed when the test ends. */
export async function child(...task: string[]): Promise<ChildProcess & { done: Promise<string> }> {
  return started(process.execPath, [
    '--import',
    'tsx',
    fileURLToPath(new URL('child.ts', import.meta.url)),
    ...task,
  ])
}

/** Starts a program and waits for its line `ready`. `done` is what it printed after that, when it has ended well. */
export async function started(
  command: string,
  args: string[],
): Promise<ChildProcess & { done: Promise<string> }> {
  const program = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => void program.kill('SIGKILL'))
  let text = ''
  let problems = ''
  program.stderr.on('data', (chunk) => {
    problems += chunk
  })
  const ready = new Promise<void>((resolve, reject) => {
    program.stdout.on('data', (chunk) => {
      text += chunk
      if (text.startsWith('ready\n')) resolve()
    })
    program.once('exit', () => reject(new Error(`${command} ended before it was ready: ${problems}`)))
  })
  const done = once(program, 'close').then(([code, signal]) => {
    if (code !== 0) throw new Error(`${command} ended with ${code ?? signal}: ${problems}`)
    return text.slice('ready\n'.length)
  })
  done.catch(() => {})
  await ready
  return Object.assign(program, { done })
}

/** A pid that no process has: of a child that has ended. */
export async function deadPid(): Promise<number> {
  const program = spawn(process.execPath, ['-e', ''])
  await once(program, 'close')
  return program.pid!
}
