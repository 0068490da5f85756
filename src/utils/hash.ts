/** A whole number from 0 to 2³²−1 that depends on the text alone: spreads what would else come at one time. */
export function hashOf(text: string): number {
  let hash = 0
  for (const letter of text) hash = (hash * 31 + letter.codePointAt(0)!) >>> 0
  return hash
}
