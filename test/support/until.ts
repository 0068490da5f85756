import { setTimeout as sleep } from 'node:timers/promises'

/** Between two looks: at first, and at most. */
const FIRST_PAUSE_MS = 2
const LONGEST_PAUSE_MS = 25

/** What counts as not yet. */
type NotYet = false | null | undefined

/**
 * Waits until something holds, or is there.
 * @param holds Asked again and again; what it throws ends the waiting.
 * @param what Named in the error; default: the text of the function.
 * @param limitMs Generous: it is for what never comes, on a machine however busy.
 * @returns What it found in the end.
 * @throws Error that says what was waited for.
 */
export async function until<T>(
  holds: () => T | Promise<T>,
  what?: string,
  limitMs = 25_000,
): Promise<Exclude<T, NotYet>> {
  const ends = performance.now() + limitMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const found = await holds()
    if (found !== false && found !== null && found !== undefined) return found as Exclude<T, NotYet>
    if (performance.now() > ends) throw new Error(`still not so after ${limitMs} ms: ${what ?? holds}`)
    await sleep(pauseMs)
  }
}
