import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { newFolder } from './folder.ts'

/** A running example. */
export interface Example {
  /** Where it says that it listens. */
  readonly url: string
  /** All it said until now. */
  readonly said: string
  /** Its working folder. */
  readonly dir: string
  readonly child: ChildProcess
  /** Ends it; its exit code. */
  stop(): Promise<number | null>
}

/** A folder of a program that has treering installed, and what the examples need beside it. */
export function installed(): string {
  const dir = newFolder()
  mkdirSync(join(dir, 'node_modules'))
  symlinkSync(resolve('.'), join(dir, 'node_modules', 'treering'))
  for (const dependency of ['hono', '@hono'])
    symlinkSync(resolve('node_modules', dependency), join(dir, 'node_modules', dependency))
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
  return dir
}

/** Runs an example as a user would who has the package installed; its port is one of its own. */
export async function example(
  name: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<Example> {
  const dir = installed()
  const text = readFileSync(`examples/${name}`, 'utf8').replaceAll('port: 8889', 'port: 0')
  writeFileSync(join(dir, name), text)
  for (const file of args) copyFileSync(`examples/${file}`, join(dir, file))
  const tsx = resolve('node_modules/tsx/dist/esm/index.mjs')
  const child = spawn(process.execPath, ['--import', tsx, name, ...args], {
    cwd: dir,
    env: { ...process.env, ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const url = await new Promise<string>((found, reject) => {
    child.stdout.on('data', (chunk) => {
      said += chunk
      const address = /listening on (http:\S+)\n/.exec(said)?.[1]
      if (address !== undefined) found(address)
    })
    child.once('close', () => reject(new Error(err)))
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    return code as number | null
  }
  return {
    url,
    dir,
    child,
    stop,
    get said() {
      return said
    },
  }
}
