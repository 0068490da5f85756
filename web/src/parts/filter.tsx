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

/**
 * Whether a name holds each word of a filter somewhere, in any case. A filter of one word also finds its letters in this
 * order with others between them, as the `keyword` of the API does, where `loose` is asked.
 */
export function matchesFilter(name: string, filter: string, loose = false): boolean {
  const [text, wanted] = [name.toLowerCase(), filter.toLowerCase().trim()]
  if (wanted.split(/\s+/).every((word) => text.includes(word))) return true
  if (!loose || wanted.includes(' ')) return false
  let at = 0
  for (const letter of wanted) {
    at = text.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}
