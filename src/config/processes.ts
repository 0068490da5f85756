/** What is particular to readers of type process. */
import type { Config } from './config.ts'

/** Why there may be one of them alone: of two each value would be told twice, and flushed under two task numbers. */
export const TWO_PROCESSES =
  'there is one process, which one reader of type process tells of: switch the others off, such as by process: false'

/** Names of recorders that flushes are led to beside those of routes: that the setting `destination` of a reader has, by the reader. */
export function destinationsOf(readers: Config['readers']): ReadonlyMap<string, readonly string[]> {
  const named = new Map<string, readonly string[]>()
  for (const [name, reader] of Object.entries(readers)) {
    if (reader.type !== 'process') continue
    const { destination } = (reader.task?.settings ?? {}) as { destination?: unknown }
    if (Array.isArray(destination)) named.set(name, destination.map(String))
  }
  return named
}
