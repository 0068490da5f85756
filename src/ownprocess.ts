/** This process as a reader: its history, its task number, its flushes, and the routes that tell of them. */
import { hostname } from 'node:os'
import type { Reader } from './config/index.ts'
import type { OpenedSource, SourceContext } from './opened.ts'
import { isSameJson } from './utils/index.ts'

type ProcessReader = Reader & { type: 'process' }

/** Time of a last flush when the program stops: less than the program has to end. */
const STOP_MS = 700
/** A point for each slot of the shortest ring: once in three seconds costs a third of once a second. */
const DEFAULT_INTERVAL_MS = 3000

/** Makes the task; it starts and ends with the source. */
export async function openProcess(
  name: string,
  { type: _, task: options = {}, ...given }: ProcessReader,
  { registry, log, version, flush }: SourceContext,
): Promise<OpenedSource> {
  const { createProcessSource } = await import('./process/index.ts')
  const { openTask, TASK_DOCS, taskRoutes } = await import('./process/task/index.ts')
  const source = createProcessSource({
    ...(given as object),
    intervalMs: given.intervalMs ?? DEFAULT_INTERVAL_MS,
    name,
    registry,
  })
  let flushing = false
  const told = () => (task.settings.current.reportRuntimeStats ? {} : { without: source.runtimeMetrics })
  const task = openTask(options, {
    metrics: {
      // What is recorded is history as well: switching flushes off does not switch recording off.
      setEnabled: (enabled) => {
        flushing = enabled
      },
      source: registry,
      families: () => registry.families(told()),
      resetCumulative: () => registry.resetCumulative(),
      table: () => registry.table(told()),
    },
    send: (families, labels, signal, destinations) =>
      flush.send(name, families, labels, destinations, signal),
    components: { treering: version },
    destinations: flush.recorders,
    hostName: hostname(),
    log,
  })
  const { close } = source
  return {
    source: Object.assign(source, {
      close: async () => {
        await task.stop(STOP_MS)
        close()
      },
      reconfigure(next: unknown) {
        const { task: changed = {}, ...rest } = next as { task?: typeof options }
        const { settings, ...fixed } = changed
        const { settings: __, ...before } = options
        if (!isSameJson([rest, fixed], [given, before])) return false
        return task.settings.prepare(settings ?? {})
      },
    }),
    routes: taskRoutes(task, { canWrite: flush.canWrite }),
    docs: TASK_DOCS,
    start: () => void task.start(),
    status() {
      const status = task.status()
      return { well: status.last_error === null && status.settings.error === null, told: status }
    },
    shipsItself: () => flushing,
  }
}
