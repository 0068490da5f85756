/**
 * How a target fared, slot by slot, as one picture: up is a low block, down a high one, so that an outage stands out without
 * its colour. One path for each status: a thousand slots are a handful of elements.
 */
import { span } from '../units.ts'

const SLOT = 4
const GAP = 1
const HEIGHT = 24

/** Letter of a slot → its class, its block's height, and its word. Source: `src/http/status.ts`. */
const LOOKS: Readonly<
  Record<string, { readonly name: string; readonly height: number; readonly word: string }>
> = {
  u: { name: 'up', height: 15, word: 'up' },
  d: { name: 'down', height: HEIGHT, word: 'down' },
  p: { name: 'up', height: 15, word: 'down for a part' },
  s: { name: 'idle', height: 9, word: 'starting' },
  n: { name: 'idle', height: 6, word: 'napping' },
  '?': { name: 'unknown', height: 4, word: 'unknown' },
  '-': { name: 'unknown', height: 1.5, word: 'not checked' },
}

interface StatusBarProps {
  readonly slots: string
  readonly slotSeconds: number
  /** Unix seconds at which the last slot's time is. */
  readonly now: number
}

export function StatusBar({ slots, slotSeconds, now }: StatusBarProps) {
  const paths = new Map<string, string>()
  for (let i = 0; i < slots.length; i++) {
    const { name, height } = LOOKS[slots[i]!] ?? LOOKS['?']!
    const block = `M${i * SLOT} ${HEIGHT}v${-height}h${SLOT - GAP}v${height}z`
    paths.set(name, (paths.get(name) ?? '') + block)
    // Its upper part alone: a short outage in a long slot is seen as well.
    if (slots[i] === 'p')
      paths.set(
        'down',
        `${paths.get('down') ?? ''}M${i * SLOT} ${HEIGHT - height}V0h${SLOT - GAP}V${HEIGHT - height}z`,
      )
  }
  return (
    <svg
      class="statusbar"
      viewBox={`0 0 ${slots.length * SLOT - GAP} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={tellSlots(slots, slotSeconds)}
      onMouseMove={(event) => {
        const { left, width } = event.currentTarget.getBoundingClientRect()
        const at = Math.min(slots.length - 1, Math.floor(((event.clientX - left) / width) * slots.length))
        const title = event.currentTarget.querySelector('title')!
        title.textContent = tellSlot(slots, at, slotSeconds, now)
      }}
    >
      <title />
      {[...paths].map(([name, path]) => (
        <path key={name} class={name} d={path} />
      ))}
    </svg>
  )
}

/** One slot in words: `down, 12 min ago`. */
function tellSlot(slots: string, at: number, slotSeconds: number, now: number): string {
  const { word } = LOOKS[slots[at] ?? '-'] ?? LOOKS['?']!
  const slotNow = Math.floor(now / slotSeconds)
  const begin = (slotNow - (slots.length - 1 - at)) * slotSeconds
  const ago = at === slots.length - 1 ? 'now' : `${span(now - begin)} ago`
  return `${word}, ${ago}`
}

/** All slots in words: when it was down, newest first. */
export function tellSlots(slots: string, slotSeconds: number): string {
  const outages: string[] = []
  let last = slots.length
  while (last > 0 && outages.length < 3) {
    last = Math.max(slots.lastIndexOf('d', last - 1), slots.lastIndexOf('p', last - 1))
    if (last < 0) break
    let first = last
    while (slots[first - 1] === 'd' || slots[first - 1] === 'p') first--
    const length = span((last - first + 1) * slotSeconds)
    const until = (slots.length - 1 - last) * slotSeconds
    outages.push(until === 0 ? `down now, for ${length}` : `down for ${length}, until ${span(until)} ago`)
    last = first
  }
  if (outages.length > 0) return outages.join('; ')
  return slots.includes('u') ? 'never down in this time' : 'not checked in this time'
}
