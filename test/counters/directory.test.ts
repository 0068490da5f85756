import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { countersDirectory, countersPath, listCounters } from '../../src/counters/index.ts'
import { need } from '../support/need.ts'
import { folder } from './support.ts'

describe('the counters directory', () => {
  test('is the one that the environment names, under either name', () => {
    expect(countersDirectory({ 'mcounters.dir': '/a', MCOUNTERS_DIR: '/b' })).toBe('/a')
    expect(countersDirectory({ MCOUNTERS_DIR: '/b' })).toBe('/b')
  })

  test.runIf(process.platform === 'linux')('is else the one of the user in shared memory', () => {
    expect(countersDirectory({})).toBe(`/dev/shm/mcounters-${userInfo().username}`)
  })

  test('carries the number of a user that has no name', (context) => {
    need(context, process.geteuid?.() === 0, 'the right to become another user')
    process.seteuid!(54_321)
    try {
      expect(countersDirectory({})).toMatch(/\/mcounters-54321$/)
    } finally {
      process.seteuid!(0)
    }
  })

  test('is where a bare name lies; anything with a slash is a path', () => {
    expect(countersPath('app.dat')).toBe(join(countersDirectory(), 'app.dat'))
    expect(countersPath('./app.dat')).toBe(join(process.cwd(), 'app.dat'))
    for (const name of ['', '.', '..', 'a\0b']) expect(() => countersPath(name)).toThrow(/is not the name/)
  })

  test('lists its files, not hidden ones and folders', () => {
    const dir = folder()
    for (const name of ['b', 'a', '.c']) writeFileSync(join(dir, name), '')
    mkdirSync(join(dir, 'd'))
    expect(listCounters(dir)).toEqual(['a', 'b'])
    expect(listCounters(join(dir, 'none'))).toEqual([])
    expect(() => listCounters(join(dir, 'a'))).toThrow(expect.objectContaining({ code: 'unavailable' }))
  })
})
