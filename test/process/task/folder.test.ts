/** Where programs of a user keep their task numbers without saying so. */
import { chmodSync, chownSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fileTaskNumbers } from '../../../src/process/task/index.ts'
import { tasksFolder } from '../../../src/process/task/tasknumbers/folder.ts'
import { newFolder } from '../../support/folder.ts'
import { soon, TASK } from './places.ts'

describe('the folder of task numbers where none is named', () => {
  /** A temporary folder of this test's own. */
  function temporary(): string {
    const [dir, before] = [newFolder(), process.env.TMPDIR]
    process.env.TMPDIR = dir
    onTestFinished(() => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    })
    return tasksFolder()
  }
  const ask = (id: string) => fileTaskNumbers().notifyTaskIsAlive(TASK, id, soon())

  test('is one for all programs of a user, who alone may look into it', async () => {
    const dir = temporary()
    expect(await Promise.all(['first', 'second'].map(ask))).toEqual(expect.arrayContaining([0, 1]))
    expect(basename(dir)).toMatch(/^treering-tasks-.+/)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
  })

  test('is not used where it is a link, or others may write in it', async () => {
    const dir = temporary()
    symlinkSync(newFolder(), dir)
    await expect(ask('first')).rejects.toThrow(`cannot keep task numbers in ${dir}: it is no folder`)
    rmSync(dir)
    mkdirSync(dir)
    chmodSync(dir, 0o777)
    await expect(ask('first')).rejects.toThrow('others may write in it: name a folder by task_numbers.dir')
    chmodSync(dir, 0o755)
    expect(await ask('first')).toBe(0)
  })

  test('is not used where it belongs to another user', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can make a folder of another user')
    const dir = temporary()
    mkdirSync(dir, { mode: 0o700 })
    chownSync(dir, 65_534, 65_534)
    await expect(ask('first')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('it belongs to another user'),
    })
  })
})

describe('the folder of task numbers that is named', () => {
  test('is missed once where it is removed: the number is lost, which says why, and taken anew', async () => {
    const dir = newFolder()
    const numbers = fileTaskNumbers({ dir })
    const ask = () => numbers.notifyTaskIsAlive(TASK, 'first', soon())
    expect([await ask(), await ask()]).toEqual([0, 0])
    rmSync(dir, { recursive: true })
    await expect(ask()).rejects.toThrow(
      `no task number: the folder of number 0's lease was removed, below ${dir}`,
    )
    expect(await ask()).toBe(0)
  })
})
