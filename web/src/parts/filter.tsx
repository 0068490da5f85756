/** A text that names must hold, and what it lets through. */
import { go, usePage, useRoute } from '../page.ts'

export function Filter({ label, found, total }: { label: string; found: number; total: number }) {
  const page = usePage()
  const { filter } = useRoute()
  return (
    <label class="filter">
      <span class="unseen">{label}</span>
      <input
        type="search"
        placeholder={`${label}  ( / )`}
        value={filter}
        onInput={(event) => go(page, { filter: event.currentTarget.value }, true)}
      />
      <small role="status">{found === total ? `${total}` : `${found} of ${total}`}</small>
    </label>
  )
}

/** Whether a name holds each word of a filter somewhere, in any case. */
export function matchesFilter(name: string, filter: string): boolean {
  const text = name.toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** Whether a name holds a filter's letters in this order, in any case, as the `keyword` of the API finds names. */
export function matchesLetters(name: string, filter: string): boolean {
  const text = name.toLowerCase()
  let at = 0
  for (const letter of filter.toLowerCase().replace(/\s/g, '')) {
    at = text.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}
