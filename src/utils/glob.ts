/** Globs for names: `*` is any text, `?` one character, everything else itself. */

/** Whether a whole name matches. Takes `pattern × name` steps at most, unlike a regular expression of many stars. */
export function matchesGlob(name: string, pattern: string): boolean {
  let at = 0
  let part = 0
  let star = -1
  let starAt = 0
  while (at < name.length) {
    if (pattern[part] === '*') {
      star = part++
      starAt = at
    } else if (part < pattern.length && (pattern[part] === '?' || pattern[part] === name[at])) {
      part++
      at++
    } else if (star >= 0) {
      part = star + 1
      at = ++starAt
    } else {
      return false
    }
  }
  while (pattern[part] === '*') part++
  return part === pattern.length
}
