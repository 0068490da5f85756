/** How much of the time a target was up, as a picture for a README. */

/** Width of a letter in pixels at 11 px, near enough for the fonts that a browser takes. */
const LETTER_PX = 6.6
const PADDING_PX = 6
const HEIGHT_PX = 20
/** Parts of the time up, least first wanted, and their colours. */
const COLOURS: readonly (readonly [least: number, colour: string])[] = [
  [0.999, '#3a7d1a'],
  [0.99, '#687f00'],
  [0.95, '#946c00'],
  [0, '#b3391f'],
]
const NOTHING = '#6b6b6b'

/** An SVG of two fields: a name, and the part of the time up (null: nothing is known). */
export function badge(name: string, uptime: number | null): string {
  const value = uptime === null ? 'no data' : `${percent(uptime)}%`
  const colour = uptime === null ? NOTHING : COLOURS.find(([least]) => uptime >= least)![1]
  const left = widthOf(name)
  const right = widthOf(value)
  const width = left + right
  const text = (x: number, words: string) =>
    `<text x="${x}" y="14" text-anchor="middle" fill="#fff">${escaped(words)}</text>`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT_PX}" role="img" aria-label="${escaped(`${name}: ${value}`)}">` +
    `<title>${escaped(`${name}: ${value}`)}</title>` +
    `<clipPath id="r"><rect width="${width}" height="${HEIGHT_PX}" rx="3"/></clipPath>` +
    `<g clip-path="url(#r)"><rect width="${left}" height="${HEIGHT_PX}" fill="#444"/>` +
    `<rect x="${left}" width="${right}" height="${HEIGHT_PX}" fill="${colour}"/></g>` +
    `<g font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">${text(left / 2, name)}${text(left + right / 2, value)}</g></svg>`
  )
}

/** Two decimals, cut off: 100 is said only of what was never down. */
function percent(part: number): string {
  const hundredths = Math.floor(part * 10_000 + 1e-7)
  return hundredths === 10_000 && part < 1 ? '99.99' : String(hundredths / 100)
}

function widthOf(text: string): number {
  return Math.ceil([...text].length * LETTER_PX + 2 * PADDING_PX)
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
