import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

/** The built program. */
const CLI = 'dist/cli.js'

export interface Ended {
  code: number | null
  signal: string | null
  out: string
  err: string
}

/** Runs the program to its end. */
export async function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = start(args, env)
  return child.ended
}

/** Starts the program; it is killed when the test ends. */
export function start(args: string[], env: Record<string, string> = {}) {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('TREERING_')),
  )
  const process_ = spawn(process.execPath, [CLI, ...args], { env: { ...clean, ...env } as NodeJS.ProcessEnv })
  onTestFinished(() => void process_.kill('SIGKILL'))
  const said = { out: '', err: '' }
  process_.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  process_.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ended: Promise<Ended> = once(process_, 'close').then(([code, signal]) => ({ code, signal, ...said }))
  return { process: process_ as ChildProcess, said, ended }
}

/** Starts `treering serve` and waits for its address. */
export async function serve(args: string[], env: Record<string, string> = {}) {
  const child = start(['serve', '--listen', '127.0.0.1:0', ...args], env)
  const url = await new Promise<string>((resolve, reject) => {
    child.process.stdout!.on('data', () => {
      const address = /^treering listening on (http:\S+)\n/.exec(child.said.out)?.[1]
      if (address !== undefined) resolve(address)
    })
    void child.ended.then(({ err }) => reject(new Error(`did not start: ${err}`)))
  })
  return { ...child, url }
}
