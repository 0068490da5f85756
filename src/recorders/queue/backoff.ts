/** How long to wait before the next try. */

/**
 * Milliseconds after so many failures in a row: doubled for each, up to `mostMs`, and half to all of that by chance, so that
 * many programs do not come back to one store at one moment.
 */
export function retryDelay(
  failures: number,
  firstMs: number,
  mostMs: number,
  chance = Math.random(),
): number {
  const ms = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return ms * (0.5 + chance / 2)
}
