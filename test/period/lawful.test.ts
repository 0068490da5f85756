import { describe, expect, it } from 'vitest'
import { Poller } from '../../src/period/index.ts'
import { depthSource } from '../support/depth.ts'

const source = depthSource(() => 0)
const without = (key: string) => ({ ...source, [key]: undefined })

describe('a poller refuses, before it starts,', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'cannot poll undefined: a source is an object of name, collect and aggregate'],
    ['a text', 'queue', 'cannot poll "queue": a source is an object of name, collect and aggregate'],
    ['a source without a name', {}, 'cannot poll source undefined: a name is 1 to 64 of A-Z a-z 0-9 _ -'],
    [
      'a name that is a list of one name',
      { ...source, name: ['depth'] },
      'cannot poll source a value of type object: a name is 1 to 64 of A-Z a-z 0-9 _ -',
    ],
    [
      'a name that is no file name',
      { ...source, name: '../x' },
      'cannot poll source "../x": a name is 1 to 64 of A-Z a-z 0-9 _ -',
    ],
    [
      'a source that cannot be read',
      without('collect'),
      'cannot poll depth: its collect is undefined, it must be a function',
    ],
    [
      'a source without rows',
      { ...source, aggregate: 5 },
      'cannot poll depth: its aggregate is a value of type number, it must be a function',
    ],
    [
      'an interval that is none',
      { ...source, intervalMs: 0 },
      'cannot poll depth: an interval is 100 to 2147483647 ms',
    ],
    [
      'an interval that is a text',
      { ...source, intervalMs: '1000' },
      'cannot poll depth: an interval is 100 to 2147483647 ms',
    ],
    [
      'no time to read',
      { ...source, timeoutMs: Number.NaN },
      'cannot poll depth: a timeout is 1 to 2147483647 ms',
    ],
  ])('%s', (_, given, message) => {
    expect(() => new Poller(given as never, { dir: null })).toThrow(
      expect.objectContaining({ code: 'invalid', message }),
    )
  })
})
