/** A small history line: what was, without numbers. The same colours and gaps as the large charts. */
import type { Columns } from '../state/series.ts'

const WIDTH = 200
const HEIGHT = 36

interface SparkProps {
  readonly columns: Columns
  /** Drawn in this order. */
  readonly keys: readonly string[]
  /** Unix seconds of both ends. */
  readonly from: number
  readonly to: number
  /** What the top stands for; absent: the greatest value. */
  readonly ceiling?: number | undefined
}

export function Spark({ columns: { x, columns }, keys, from, to, ceiling }: SparkProps) {
  const shown = keys.flatMap((key) => columns.find((each) => each.key === key) ?? [])
  const greatest = Math.max(0, ...shown.flatMap(({ mean, max }) => (max ?? mean).map((value) => value ?? 0)))
  const top = ceiling ?? (greatest > 0 ? greatest : 1)
  const left = (i: number) => (((x[i]! - from) / (to - from)) * WIDTH).toFixed(1)
  const height = (value: number) => (HEIGHT - 1 - (Math.min(value, top) / top) * (HEIGHT - 2)).toFixed(1)
  const point = (values: readonly (number | null)[]) => (i: number) => `${left(i)} ${height(values[i]!)}`
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {shown.map(({ key, mean, min, max }, place) => {
        const runs = runsOf(mean).map((run) => run.filter((i) => x[i]! >= from))
        return (
          <g key={key} class={`line-${place + 1}`}>
            {min !== undefined && max !== undefined && (
              <path class="band" d={runs.map((run) => area(run, point(max), point(min))).join('')} />
            )}
            {shown.length === 1 && (
              <path
                class="under"
                d={runs.map((run) => area(run, point(mean), (i) => `${left(i)} ${HEIGHT}`)).join('')}
              />
            )}
            <path class="stroke" d={runs.map((run) => line(run.map(point(mean)))).join('')} />
          </g>
        )
      })}
    </svg>
  )
}

/** Places with values, cut where there are none. */
function runsOf(values: readonly (number | null)[]): number[][] {
  const runs: number[][] = []
  let run: number[] = []
  for (let i = 0; i <= values.length; i++) {
    if ((values[i] ?? null) !== null) run.push(i)
    else if (run.length > 0) {
      runs.push(run)
      run = []
    }
  }
  return runs
}

function line(points: readonly string[]): string {
  return points.length === 0 ? '' : `M${points.join('L')}${points.length === 1 ? 'h1' : ''}`
}

function area(run: readonly number[], upper: (i: number) => string, lower: (i: number) => string): string {
  return run.length < 2 ? '' : `${line([...run.map(upper), ...[...run].reverse().map(lower)])}Z`
}
