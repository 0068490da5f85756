/** The Go and Java programs, built where their toolchains are. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Command and first arguments of a built program. */
export type Program = readonly [command: string, ...args: string[]]

const here = (folder: string) => fileURLToPath(new URL(folder, import.meta.url))

const folders: string[] = []

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'treering-interop-'))
  folders.push(path)
  return path
}

/** Removes what was built. */
export function removePrograms(): void {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
}

/** Builds a package of `go/`. Undefined, and said, where there is no Go; in CI that is a failure. */
export function buildGo(packagePath = '.'): Program | undefined {
  const binary = join(folder(), 'interop')
  const env = { GOFLAGS: '-mod=mod', GOPROXY: 'off' }
  return built('go', ['build', '-o', binary, packagePath], here('go'), env) ? [binary] : undefined
}

/** Builds `java/`. Undefined, and said, where there is no JDK; in CI that is a failure. */
export function buildJava(): Program | undefined {
  const classes = folder()
  return built('javac', ['-d', classes, 'Interop.java'], here('java'), {})
    ? ['java', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', '-cp', classes, 'Interop']
    : undefined
}

function built(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): boolean {
  const { status, error, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  if (status === 0) return true
  const missing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  if (!missing || process.env.CI === 'true')
    throw new Error(`cannot build with ${command}: ${error?.message ?? stderr}`)
  console.warn(`skipped: there is no ${command} here, so nothing is tried with its programs`)
  return false
}
