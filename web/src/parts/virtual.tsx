/** Long tables: only the rows that can be seen are there; the rest is space above and below. */
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'

/** Rows beyond both ends of the screen, so that a fast scroll shows no hole. */
const MARGIN_ROWS = 15

interface VirtualTableProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  /** Height of each row in CSS pixels. */
  readonly rowHeight: number
  /** Where rows are not equally high: that of each. */
  readonly heightOf?: ((row: Row) => number) | undefined
  readonly head: ComponentChildren
  /** A `<tr>` with this place in the table (the head is the first, counted from one). */
  readonly row: (row: Row, place: number) => ComponentChildren
  readonly class?: string
}

export function VirtualTable<Row>({
  label,
  rows,
  rowHeight,
  heightOf,
  head,
  row,
  class: name,
}: VirtualTableProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [[first, last], setRange] = useState<readonly [number, number]>([0, 60])
  const count = rows.length
  const tops = useMemo(() => topsOf(rows, heightOf ?? (() => rowHeight)), [rows, heightOf, rowHeight])
  const total = tops[count]!
  useEffect(() => {
    let frame = 0
    const look = () => {
      frame = 0
      const top = -(body.current?.getBoundingClientRect().top ?? 0)
      const from = Math.max(0, placeAt(tops, top) - MARGIN_ROWS)
      const to = placeAt(tops, top + innerHeight) + 1 + MARGIN_ROWS
      setRange((range) => (range[0] === from && range[1] === to ? range : [from, to]))
    }
    const schedule = () => {
      frame ||= requestAnimationFrame(look)
    }
    look()
    addEventListener('scroll', schedule, { passive: true })
    addEventListener('resize', schedule)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', schedule)
      removeEventListener('resize', schedule)
    }
  }, [tops])
  const end = Math.min(last, count)
  const begin = Math.min(first, end)
  return (
    <table class={`list ${name ?? ''}`} aria-label={label} aria-rowcount={count + 1}>
      <thead>{head}</thead>
      <tbody ref={body}>
        {begin > 0 && <Space height={tops[begin]!} />}
        {rows.slice(begin, end).map((each, i) => row(each, begin + i + 2))}
        {end < count && <Space height={total - tops[end]!} />}
      </tbody>
    </table>
  )
}

/** Where each row begins, and at last where all end. */
function topsOf<Row>(rows: readonly Row[], heightOf: (row: Row) => number): readonly number[] {
  const tops = [0]
  for (const row of rows) tops.push(tops[tops.length - 1]! + heightOf(row))
  return tops
}

/** The last row that begins at this height or above. */
function placeAt(tops: readonly number[], height: number): number {
  let [low, high] = [0, tops.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (tops[middle]! <= height) low = middle
    else high = middle - 1
  }
  return low
}

/** One cell: across more columns than are shown on a narrow screen, it would make another one. */
function Space({ height }: { height: number }) {
  return (
    <tr class="space">
      <td style={{ height: `${height}px` }} />
    </tr>
  )
}
