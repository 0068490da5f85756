/** What Prometheus is told of the process itself. What of pollers and recorders `/metrics` tells, it tells without this. */
import type { Family } from '../prometheus/index.ts'
import type { SelfSample } from './sample.ts'

/** Families of one sample. */
export function selfFamilies({ memory, cpu }: SelfSample): Family[] {
  return [
    {
      name: 'treering_resident_memory_bytes',
      type: 'gauge',
      help: 'Memory of the process.',
      points: [{ value: memory.resident }],
    },
    {
      name: 'treering_heap_used_bytes',
      type: 'gauge',
      help: 'Of the heap of V8 what is in use.',
      points: [{ value: memory.heap_used }],
    },
    {
      name: 'treering_cpu_seconds',
      type: 'counter',
      help: 'CPU time of the process.',
      points: [
        { labels: { mode: 'user' }, value: cpu.user_seconds },
        { labels: { mode: 'system' }, value: cpu.system_seconds },
      ],
    },
  ]
}
