/** The built program as a child, and what it costs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Running {
  readonly child: ChildProcess
  readonly url: string
}

const atExit = new Set<() => void>()
process.once('exit', () => {
  for (const undo of atExit) undo()
})

export function newFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'treering-bench-'))
  atExit.add(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Starts a Node program that prints `listening on http://…` on its first line. */
export function startNode(args: string[]): Promise<Running> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  atExit.add(() => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
      const url = /listening on (http:\S+)\n/.exec(out)?.[1]
      if (url !== undefined) resolve({ child, url })
    })
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${args.join(' ')}`)))
  })
}

export function startTreering(dataDir: string, more: string[] = []): Promise<Running> {
  return startNode(['dist/cli.js', 'serve', '--listen', '127.0.0.1:0', '--data', dataDir, ...more])
}

/** CPU seconds that a process has used, all threads, user and system. Source: `/proc/<pid>/task/<tid>/schedstat`, ns. */
export function cpuSeconds(pid: number): number {
  let ns = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // The thread ended.
    }
  }
  return ns / 1e9
}

/** Resident memory in MiB. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
