/**
 * Whether `name` holds every letter of `keyword` in this order, in any case: `a3` matches `alpha-03`. An empty keyword
 * matches every name.
 */
export function matchesKeyword(name: string, keyword: string): boolean {
  if (keyword === '') return true
  const letters = keyword.toLowerCase()
  let at = 0
  for (const letter of name.toLowerCase()) {
    if (letters.startsWith(letter, at)) at += letter.length
    if (at === letters.length) return true
  }
  return false
}
