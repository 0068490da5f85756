/** Light, dark, or what the system says. */
import { keepText, keptText, Store } from './state/store.ts'

/** What is chosen. */
export type Choice = 'system' | 'light' | 'dark'

const NAME = 'treering.theme'
const CHOICES: readonly Choice[] = ['system', 'light', 'dark']

/** The page's colours. */
export class Theme {
  readonly choice: Store<Choice>
  /** Grows when colours change: what is drawn on a canvas is drawn anew then. */
  readonly version = new Store(0)

  constructor() {
    const kept = keptText(NAME) as Choice
    this.choice = new Store(CHOICES.includes(kept) ? kept : 'system')
    this.#show()
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#show())
  }

  /** The next choice: system, light, dark, and again. */
  next(): void {
    const at = CHOICES.indexOf(this.choice.value)
    const choice = CHOICES[(at + 1) % CHOICES.length]!
    keepText(NAME, choice === 'system' ? null : choice)
    this.choice.set(choice)
    this.#show()
  }

  #show(): void {
    const { value } = this.choice
    if (value === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = value
    this.version.set(this.version.value + 1)
  }
}

/** A colour of the style sheet as it is now, such as `--ink`. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}
