/** What Prometheus is told of counters files. */
import type { Family } from '../prometheus/index.ts'
import type { CountersSample } from './sample.ts'

/** The source that is there by default; its series have no label `reader`. */
export const DEFAULT_NAME = 'counters'

/**
 * Families of one sample. Those of a source with a name of its own have it as the label `reader`: two sources may follow one
 * file, or two of one name. A value's type is `unknown`: the file does not say whether a counter only grows, and its owner
 * may set it to anything.
 */
export function countersFamilies(sample: CountersSample, source: string): Family[] {
  const reader: Readonly<Record<string, string>> = source === DEFAULT_NAME ? {} : { reader: source }
  const files = Object.entries(sample.files)
  const readable = files.filter(([, { error }]) => error === null)
  return [
    {
      name: 'mcounter_value',
      type: 'unknown',
      help: 'Value of a counter in a memory-mapped counters file.',
      points: readable.flatMap(([file, { counters }]) =>
        counters.map(({ label, value }) => ({ labels: { file, label, ...reader }, value })),
      ),
    },
    {
      name: 'mcounter_file_alive',
      type: 'gauge',
      help: 'Whether the process that made the file lives.',
      points: readable.map(([file, { alive }]) => ({ labels: { file, ...reader }, value: alive ? 1 : 0 })),
    },
    {
      name: 'mcounter_file_readable',
      type: 'gauge',
      help: 'Whether the file can be read.',
      points: files.map(([file, { error }]) => ({
        labels: { file, ...reader },
        value: error === null ? 1 : 0,
      })),
    },
    {
      name: 'mcounter_file_start_time_seconds',
      type: 'gauge',
      help: 'Unix time at which the file was made.',
      points: readable.map(([file, { started }]) => ({
        labels: { file, ...reader },
        value: (started ?? 0) / 1000,
      })),
    },
  ]
}
