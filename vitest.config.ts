import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Where CI reads the counts from. */
const results = process.env.TREERING_TEST_RESULTS

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    reporters: results === undefined ? ['default'] : ['default', ['json', { outputFile: results }]],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    // Most of the time is waiting: for beats, leases, servers that start.
    maxWorkers: Math.max(2, availableParallelism()),
  },
})
