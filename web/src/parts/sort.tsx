/** A column head that sorts; the sort is in the URL: `name` ascending, `-name` descending. */
import type { ComponentChildren } from 'preact'
import { go, usePage, useRoute } from '../page.ts'

interface SortHeadProps {
  readonly name: string
  readonly class?: string
  /** Numbers begin with the greatest. */
  readonly descendingFirst?: boolean
  readonly children: ComponentChildren
}

export function SortHead({ name, class: look, descendingFirst = false, children }: SortHeadProps) {
  const page = usePage()
  const { sort } = useRoute()
  const orders = descendingFirst ? [`-${name}`, name, ''] : [name, `-${name}`, '']
  const order = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none'
  const next = orders[(orders.indexOf(sort) + 1) % orders.length]!
  return (
    <th scope="col" class={look} aria-sort={order}>
      <button type="button" onClick={() => go(page, { sort: next }, true)}>
        {children}
        <span aria-hidden="true">{{ ascending: ' ▲', descending: ' ▼', none: '' }[order]}</span>
      </button>
    </th>
  )
}

const TEXTS = new Intl.Collator(undefined, { numeric: true })

/** Sorts by what a column holds; rows without a value come last. */
export function sorted<Row>(
  rows: readonly Row[],
  sort: string,
  values: Readonly<Record<string, (row: Row) => number | string | null>>,
): readonly Row[] {
  const descending = sort.startsWith('-')
  const name = descending ? sort.slice(1) : sort
  const value = Object.hasOwn(values, name) ? values[name] : undefined
  if (value === undefined) return rows
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)]
    if (x === null || y === null) return Number(x === null) - Number(y === null)
    const order = typeof x === 'string' ? TEXTS.compare(x, String(y)) : x - Number(y)
    return descending ? -order : order
  })
}
