/** Long tables: only the rows that can be seen are there; the rest is space above and below. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** Rows beyond both ends of the screen, so that a fast scroll shows no hole. */
const MARGIN_ROWS = 15

interface VirtualTableProps<Row> {
  readonly label: string
  readonly rows: readonly Row[]
  /** Height of each row in CSS pixels: all are equally high. */
  readonly rowHeight: number
  readonly head: ComponentChildren
  /** A `<tr>` with this place in the table (the head is the first, counted from one). */
  readonly row: (row: Row, place: number) => ComponentChildren
  readonly columns: number
  readonly class?: string
}

export function VirtualTable<Row>({
  label,
  rows,
  rowHeight,
  head,
  row,
  columns,
  class: name,
}: VirtualTableProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [[first, last], setRange] = useState<readonly [number, number]>([0, 60])
  const count = rows.length
  useEffect(() => {
    let frame = 0
    const look = () => {
      frame = 0
      const top = -(body.current?.getBoundingClientRect().top ?? 0)
      const from = Math.max(0, Math.floor(top / rowHeight) - MARGIN_ROWS)
      const to = Math.max(0, Math.ceil((top + innerHeight) / rowHeight) + MARGIN_ROWS)
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
  }, [rowHeight])
  const end = Math.min(last, count)
  const begin = Math.min(first, end)
  return (
    <table class={`list ${name ?? ''}`} aria-label={label} aria-rowcount={count + 1}>
      <thead>{head}</thead>
      <tbody ref={body}>
        {begin > 0 && <Space height={begin * rowHeight} columns={columns} />}
        {rows.slice(begin, end).map((each, i) => row(each, begin + i + 2))}
        {end < count && <Space height={(count - end) * rowHeight} columns={columns} />}
      </tbody>
    </table>
  )
}

function Space({ height, columns }: { height: number; columns: number }) {
  return (
    <tr class="space">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  )
}
