/**
 * Routes: which recorders ship what is read.
 *
 * However often a reader and a recorder meet, each sample is shipped once; and two recorders of one place are one: the first in the
 * configuration that is in a route.
 */
import { placeOf, type RecorderSettings } from './open.ts'

/** Readers whose samples are shipped, and the recorders that ship them, by their names. */
export interface Route {
  readonly readers: readonly string[]
  readonly recorders: readonly string[]
}

/** What routes come to. */
export interface Plan {
  /** Reader → recorders, each once. */
  readonly shippedBy: ReadonlyMap<string, readonly string[]>
  /** Recorders that ship, in the order of the configuration. */
  readonly recorders: readonly string[]
  /** Recorder → the one before it that ships to the same place, and ships for both. */
  readonly merged: ReadonlyMap<string, string>
}

/**
 * Recorders and readers that a route names and nobody knows are left out.
 *
 * @param named Recorders that ship whether or not a route leads to them.
 */
export function planRoutes(
  recorders: Readonly<Record<string, RecorderSettings>>,
  routes: Readonly<Record<string, Route>>,
  named: readonly string[] = [],
): Plan {
  const routed = new Set([...Object.values(routes).flatMap((route) => route.recorders), ...named])
  const first = new Map<string, string>()
  const merged = new Map<string, string>()
  for (const [name, settings] of Object.entries(recorders)) {
    if (!routed.has(name)) continue
    const place = placeOf(settings)
    const before = first.get(place)
    if (before === undefined) first.set(place, name)
    else merged.set(name, before)
  }
  const shippedBy = new Map<string, readonly string[]>()
  for (const route of Object.values(routes)) {
    const names = route.recorders
      .filter((name) => Object.hasOwn(recorders, name))
      .map((name) => merged.get(name) ?? name)
    for (const reader of route.readers)
      shippedBy.set(reader, [...new Set([...(shippedBy.get(reader) ?? []), ...names])])
  }
  return { shippedBy, recorders: [...first.values()], merged }
}
