/** Counters files that cannot be read, or whose program has ended. */
import type { CountersSample } from '../../../src/counters/index.ts'
import { unreadable } from '../counters.ts'
import type { Problem } from './problem.ts'

export function counterProblems(source: string, { files }: CountersSample): Problem[] {
  return Object.entries(files).flatMap(([name, { error, alive, pid }]): Problem[] => {
    const told = {
      id: `${source}/${name}`,
      severity: 'warn' as const,
      subject: name,
      link: { view: 'counters' as const },
    }
    if (error !== null) return [{ ...told, text: unreadable(name, error) }]
    return alive
      ? []
      : [{ ...told, text: `its program (process ${pid}) has ended; its counters stand still` }]
  })
}

/** Whether a fault of the source is of a file that has a line of its own. */
export function isOfFile({ files }: CountersSample, fault: string): boolean {
  return Object.entries(files).some(
    ([name, { error }]) => error !== null && fault.startsWith(`counters file ${JSON.stringify(name)}: `),
  )
}
