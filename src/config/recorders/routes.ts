/** `routes`: each with the names of readers and recorders. */
import type * as z from 'zod/mini'
import type { Route } from '../../recorders/index.ts'
import { listOf } from '../schema.ts'
import type { Warning } from '../warnings.ts'

const ENDS = ['readers', 'recorders'] as const

/** The names that a route may use. */
export interface RoutedNames {
  readonly readers: readonly string[]
  readonly recorders: readonly string[]
}

/** The routes of a file, and what of them was read in a way that is worth saying. */
export function routesOf(
  given: unknown,
  names: RoutedNames,
): { routes: Record<string, Route>; issues: z.core.$ZodIssue[]; warnings: Warning[] } {
  const routes: Record<string, Route> = {}
  const issues: z.core.$ZodIssue[] = []
  const warnings: Warning[] = []
  if (given === undefined || given === null) return { routes, issues, warnings }
  const fault = (path: PropertyKey[], message: string): [] => {
    issues.push({ code: 'custom', path: ['routes', ...path], message, input: given })
    return []
  }
  // Differs from expvastic, which takes a text for no route, and says nothing.
  if (!isMap(given)) fault([], 'expected a map of name: route')
  else
    for (const [name, route] of Object.entries(given)) {
      if (!isMap(route)) {
        fault([name], 'expected a map of readers and recorders')
        continue
      }
      for (const key of Object.keys(route))
        if (!ENDS.includes(key as never))
          fault([name, key], `unknown key ${key}; allowed are ${ENDS.join(', ')}`)
      const [readers, recorders] = ENDS.map((end) => {
        const value = route[end]
        const list = listOf(value)
        if (list === undefined)
          return fault(
            value === undefined ? [name] : [name, end],
            `${end} ${value === undefined ? 'is missing' : 'is empty'}: expected a name or a list of names`,
          )
        return list.flatMap((wanted, i) => {
          const path = Array.isArray(value) ? [name, end, i] : [name, end]
          if (wanted.includes(','))
            return fault(path, `${JSON.stringify(wanted)} is no name: several are a list, such as [a, b]`)
          const known = knownName(wanted, names[end])
          if (known === undefined)
            return fault(
              path,
              `unknown ${end.slice(0, -1)} ${JSON.stringify(wanted)}: ${thereAre(names[end])}`,
            )
          if (known !== wanted)
            warnings.push({ path: ['routes', name, end], message: `${wanted} is taken for ${known}` })
          return [known]
        })
      })
      routes[name] = { readers: readers!, recorders: recorders! }
    }
  return { routes, issues, warnings }
}

/**
 * The name as it is, or the only one that differs in capitals alone: in the original's files, whose names were read in small
 * letters, a route to `FirstApp` says `firstapp`.
 */
function knownName(wanted: string, names: readonly string[]): string | undefined {
  if (names.includes(wanted)) return wanted
  const alike = names.filter((name) => name.toLowerCase() === wanted.toLowerCase())
  return alike.length === 1 ? alike[0] : undefined
}

function thereAre(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
