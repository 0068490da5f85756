/** Charts that the user pinned, kept in this browser. */
import type { ChartDefinition } from './charts/definition.ts'
import { keepText, keptText, Store } from './state/store.ts'

const NAME = 'treering.pins'
/** Pinned charts at most: all of them are drawn. */
const MAX_PINS = 40

/** What is enough to draw a pinned chart again. */
export type Pin = Pick<
  ChartDefinition,
  'source' | 'aggregate' | 'title' | 'unit' | 'params' | 'pointKey' | 'only' | 'noLeast'
>

/** The pinned charts. */
export class Pins {
  readonly list: Store<readonly Pin[]>

  constructor() {
    this.list = new Store(parsePins(keptText(NAME)))
    // Another tab's pins are this one's too.
    window.addEventListener('storage', ({ key, newValue }) => {
      if (key === NAME) this.list.set(parsePins(newValue))
    })
  }

  has(pin: Pin): boolean {
    return this.list.value.some((each) => nameOf(each) === nameOf(pin))
  }

  /** Pins or lets go. Beyond the limit nothing is pinned. */
  toggle({ source, aggregate, title, unit, params, pointKey, only, noLeast }: Pin): void {
    const more = { params, pointKey, only, noLeast }
    const pin = JSON.parse(JSON.stringify({ source, aggregate, title, unit, ...more })) as Pin
    const others = this.list.value.filter((each) => nameOf(each) !== nameOf(pin))
    const pinned = others.length < this.list.value.length ? others : [...others, pin].slice(0, MAX_PINS)
    keepText(NAME, JSON.stringify(pinned))
    this.list.set(pinned)
  }
}

function nameOf({ source, aggregate, params, only = [] }: Pin): string {
  return JSON.stringify([source, aggregate, Object.entries(params ?? {}).sort(), only])
}

/** What is kept may be of an older page, or of anybody. */
export function parsePins(text: string | null): readonly Pin[] {
  try {
    const json: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(json) ? json.filter(isPin).slice(0, MAX_PINS) : []
  } catch {
    return []
  }
}

function isPin(json: unknown): json is Pin {
  const { source, aggregate, title, unit, params = {} } = (json ?? {}) as Record<string, unknown>
  const texts = [source, aggregate, title, unit].every((text) => typeof text === 'string')
  return texts && typeof params === 'object' && params !== null
}
