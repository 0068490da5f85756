import { foldStat, type Query, readStat, type Source, type Stat, statOf } from '../../src/period/index.ts'

export interface Depth {
  timestamp: number
  depth: number
}

export interface DepthEntry {
  timestamp: number
  stat: Stat
}

/** A source whose numbers a test chooses, with the mean and peak of each slot. */
export function depthSource(
  next: (now: number) => number,
  name = 'depth',
): Source<Depth, DepthEntry, object[]> {
  return {
    name,
    collect: async (now) => ({ timestamp: now / 1000, depth: next(now) }),
    reduce(entry, { timestamp, depth }) {
      if (entry === undefined) return { timestamp, stat: statOf(depth) }
      foldStat(entry.stat, depth)
      entry.timestamp = timestamp
      return entry
    },
    aggregate: (entries, { stat }) => ({
      total: entries.length,
      data: entries.map((entry) => ({ timestamp: entry.timestamp, depth: readStat(entry.stat, stat) })),
    }),
  }
}

export function ask(period: string, more: Partial<Query> = {}): Query {
  return { period, stat: 'mean', limit: 0, offset: 0, keyword: '', params: {}, ...more }
}
