import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeptFile, ReadBuffer } from '../../src/systeminfo/files.ts'
import { makeGroup } from '../support/group.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'treering-files-'))
  path = join(folder, 'file')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Descriptors of this process that lead to a path. */
function open(to: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(to)
    } catch {
      return false
    }
  }).length
}

describe('a kept file', () => {
  it('is opened at the first read and read anew each time through the same descriptor', () => {
    writeFileSync(path, 'one')
    const file = new KeptFile(path)
    expect(open(path)).toBe(0)
    expect(file.read()).toBe('one')
    writeFileSync(path, 'two, longer')
    expect(file.read()).toBe('two, longer')
    writeFileSync(path, 'x')
    expect(file.read()).toBe('x')
    expect(open(path)).toBe(1)
    file.close()
    expect(open(path)).toBe(0)
  })

  it('grows the buffer for a file that is longer, once for all that share it', () => {
    const buffer = new ReadBuffer()
    const long = 'a line of a long file\n'.repeat(5_000)
    writeFileSync(path, long)
    const file = new KeptFile(path, buffer)
    expect(file.read()).toBe(long)
    const size = buffer.bytes.length
    expect(file.read()).toBe(long)
    expect(buffer.bytes.length).toBe(size)
    writeFileSync(path, 'short')
    expect(file.read()).toBe('short')
    file.close()
  })

  it('reads a file whose length is exactly that of the buffer', () => {
    const buffer = new ReadBuffer()
    const text = 'x'.repeat(buffer.bytes.length)
    writeFileSync(path, text)
    const file = new KeptFile(path, buffer)
    expect(file.read()).toBe(text)
    file.close()
  })

  it('reads what became longer or shorter where lines may be long', () => {
    const file = new KeptFile(path, undefined, { longLines: true, trustedReads: 2 })
    for (const times of [1, 1, 2, 90, 3, 3, 2, 300, 300, 1, 5, 0, 1]) {
      const text = 'a line of some length\n'.repeat(times)
      writeFileSync(path, text)
      expect(file.read()).toBe(text)
    }
    file.close()
  })

  it('is read to its end soon after a line came that the kernel hands out by itself', (ctx) => {
    const run = (...args: string[]) =>
      spawnSync('unshare', ['-m', process.execPath, '--import', 'tsx', ...args], { encoding: 'utf8' })
    if (run('-e', '').status !== 0) {
      console.warn('SKIPPED: no mount points of an own can be made here (needs root)')
      ctx.skip()
    }
    const { stdout, stderr } = run('test/systeminfo/longline.ts', folder, '3')
    expect(stderr).toBe('')
    const { before, after } = JSON.parse(stdout) as { before: boolean[]; after: boolean[] }
    expect(before).toEqual([true, true])
    expect(after.slice(3)).not.toContain(false)
  })

  it('reads a kernel file that is handed out page by page', () => {
    const file = new KeptFile('/proc/kallsyms')
    const text = file.read()
    expect(text.length).toBeGreaterThan(16 * 1024)
    expect(text.endsWith('\n')).toBe(true)
    file.close()
  })

  it('reads a table of long lines to its end, whatever comes at first', () => {
    const file = new KeptFile('/proc/self/mounts', undefined, { longLines: true })
    expect(file.read()).toBe(readFileSync('/proc/self/mounts', 'latin1'))
    file.close()
  })

  it('reads only the head where only that is wanted', () => {
    writeFileSync(path, 'first line\nsecond line\n')
    const file = new KeptFile(path, undefined, { head: 10 })
    expect(file.read()).toBe('first line')
    file.close()
  })

  it('reads letters beyond ASCII as UTF-8 when asked', () => {
    writeFileSync(path, '/mnt/größe')
    const file = new KeptFile(path)
    expect(file.read('utf8')).toBe('/mnt/größe')
    file.close()
  })

  it('takes the first of several paths that opens', () => {
    writeFileSync(path, 'here')
    const file = new KeptFile([join(folder, 'none'), path])
    expect(file.read()).toBe('here')
    file.close()
  })

  it('throws the error of the first path, and reads once the file is there', () => {
    const file = new KeptFile([path, join(folder, 'none')])
    expect(() => file.read()).toThrow(/ENOENT.*file'/)
    writeFileSync(path, 'now')
    expect(file.read()).toBe('now')
    file.close()
  })

  it('throws an error of the read itself and keeps nothing open', () => {
    const file = new KeptFile(folder)
    expect(() => file.read()).toThrow('EISDIR')
    expect(open(folder)).toBe(0)
  })

  it('opens the path anew when the device behind the descriptor is gone and has come back', (ctx) => {
    const group = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/pids']
      .map((root) => `${root}/treering-test-${process.pid}`)
      .find(makeGroup)
    if (group === undefined) {
      console.warn('SKIPPED: no cgroup can be made here, so no device can be taken away')
      ctx.skip()
      return
    }
    const file = new KeptFile(`${group}/cgroup.procs`)
    try {
      expect(file.read()).toBe('')
      rmdirSync(group)
      expect(() => file.read()).toThrow('ENOENT')
      mkdirSync(group)
      expect(file.read()).toBe('')
      rmdirSync(group)
      mkdirSync(group)
      expect(file.read()).toBe('')
    } finally {
      file.close()
      rmdirSync(group)
    }
  })
})
