import { describe, expect, it } from 'vitest'
import { retryDelay } from '../../src/recorders/queue/backoff.ts'

describe('the wait before another try', () => {
  it('doubles up to its most, half to all of it by chance', () => {
    expect([1, 2, 3, 4, 5, 100].map((failures) => retryDelay(failures, 500, 4000, 1))).toEqual([
      500, 1000, 2000, 4000, 4000, 4000,
    ])
    expect(retryDelay(3, 500, 4000, 0)).toBe(1000)
    for (let i = 0; i < 100; i++) {
      expect(retryDelay(1, 500, 4000)).toBeGreaterThanOrEqual(250)
      expect(retryDelay(1, 500, 4000)).toBeLessThanOrEqual(500)
    }
  })
})
