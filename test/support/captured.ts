/**
 * Files of /proc and /sys that others captured from machines, and that Debian packages carry; `scripts/testtools.sh` gets
 * them. Versions of the packages differ, so what is expected is computed from the same text by `awk`, never by what is tested.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, type TestContext } from 'vitest'
import { need } from './need.ts'

const cache = fileURLToPath(new URL('../../node_modules/.cache/captured', import.meta.url))
/** What is unpacked of archives that hold whole trees. */
const WANTED = [
  ...['stat', 'meminfo', 'loadavg', 'diskstats', 'mounts', 'self/mounts', 'net/dev', '1/cgroup'].map(
    (name) => `*proc/${name}`,
  ),
  ...['memory.max', 'memory.limit_in_bytes', 'cpu.max', 'cpu.cfs_*_us'].map((name) => `*/${name}`),
  ...['*sys/fs/cgroup/cpu', '*/hwmon[0-9]*'],
]

/** A machine, or what was captured of it. */
export interface CapturedMachine {
  readonly name: string
  /** The folder that holds its `proc` and `sys`. */
  readonly root: string
}

/** What is there, unpacked until the tests of a file are over; empty where the packages could not be had. */
export function capturedMachines(): CapturedMachine[] {
  const files = existsSync(cache)
    ? readdirSync(cache, { recursive: true }).map((path) => join(cache, String(path)))
    : []
  const dir = mkdtempSync(join(tmpdir(), 'treering-captured-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const machines = files
    .filter((file) => basename(file) === 'proc')
    .map((proc) => ({ name: basename(dirname(proc)), root: dirname(proc) }))
  for (const file of files) {
    const [, name, kind] = /([^/]+)\.(tgz|ttar)$/.exec(file) ?? []
    if (name === undefined) continue
    const root = join(dir, name)
    mkdirSync(root)
    if (kind === 'ttar') unpackText(readFileSync(file, 'utf8'), dir)
    // Fails where an archive lacks one of these, as each does.
    else spawnSync('tar', ['-xzf', file, '-C', root, '--wildcards', ...WANTED])
    machines.push({ name, root })
  }
  // Folders of a read-only file system are read-only here, too, and could not be emptied.
  execFileSync('chmod', ['-R', 'u+w', dir])
  return machines
}

/** The text of this file, of each machine that has it: no fewer than so many. */
export function textsOf(
  context: TestContext,
  machines: readonly CapturedMachine[],
  path: string,
  atLeast = 1,
): [name: string, text: string][] {
  const found = machines.filter(({ root }) => existsSync(join(root, path)))
  need(context, found.length >= atLeast, `${atLeast} captured ${path}, see scripts/testtools.sh`)
  return found.map(({ name, root }) => [name, readFileSync(join(root, path), 'utf8')])
}

/** A machine of this name. */
export function machineCalled(
  context: TestContext,
  machines: readonly CapturedMachine[],
  name: string,
): string {
  const found = machines.find((machine) => machine.name === name)
  need(context, found !== undefined, `captured files of ${name}, see scripts/testtools.sh`)
  return found!.root
}

/** The lines, each split at spaces, that an awk program prints for a text. */
export function awk(program: string, input: string): string[][] {
  const printed = execFileSync('awk', [program], { input, maxBuffer: 1 << 26 }).toString()
  return printed.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ')]))
}

/** As `awk`, where all it prints is one line of numbers. */
export function awkNumbers(program: string, input: string): number[] {
  return awk(program, input).flat().map(Number)
}

/** Unpacks an archive that is a text: after a file's `Path:` its `Lines:` follow, or a link's `SymlinkTo:`. */
function unpackText(text: string, dir: string): void {
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const path = /^Path: (.+)/.exec(lines[i]!)?.[1]
    if (path === undefined) continue
    const to = join(dir, path)
    mkdirSync(dirname(to), { recursive: true })
    const [, kind, value] = /^(Lines|SymlinkTo): (.+)/.exec(lines[++i]!) ?? []
    if (kind === 'SymlinkTo') symlinkSync(value!, to)
    if (kind !== 'Lines') continue
    const body = lines.slice(i + 1, i + 1 + Number(value)).map((line) => `${line}\n`)
    writeFileSync(to, body.join('').replace(/EOF\n$/, ''))
    i += Number(value)
  }
}
