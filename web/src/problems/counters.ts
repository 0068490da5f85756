/** Counters files that cannot be read, or whose program has ended. */
import type { CountersSample } from '../../../src/counters/index.ts'
import type { Problem } from './problem.ts'

export function counterProblems(source: string, { files }: CountersSample): Problem[] {
  return Object.entries(files).flatMap(([name, { error, alive, pid }]): Problem[] => {
    const told = {
      id: `${source}/${name}`,
      severity: 'warn' as const,
      subject: name,
      link: { view: 'counters' as const },
    }
    if (error !== null) return [{ ...told, text: `cannot be read: ${error}` }]
    return alive
      ? []
      : [{ ...told, text: `its program (process ${pid}) has ended; its counters stand still` }]
  })
}
