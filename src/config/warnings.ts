/** What a configuration allows and probably does not mean. */
import { existsSync } from 'node:fs'
import { destinationOf, planRoutes } from '../recorders/index.ts'
import { type Config, DEFAULT_CONFIG } from './config.ts'
import { destinationsOf } from './processes.ts'

/** Where it stands, and what is to be said of it. */
export interface Warning {
  readonly path: readonly string[]
  readonly message: string
}

/** Recorders and readers in no route, recorders that are one, map files that are not there. */
export function findWarnings({
  readers,
  recorders,
  routes,
}: Pick<Config, 'readers' | 'recorders' | 'routes'>): Warning[] {
  const flushedTo = [...destinationsOf(readers).values()].flat()
  const { merged } = planRoutes(recorders, routes, flushedTo)
  const routed = Object.values(routes)
  const warnings: Warning[] = []
  for (const [name, reader] of Object.entries(readers))
    if (reader.type === 'expvar' && reader.mapFile !== undefined && !existsSync(reader.mapFile))
      warnings.push({
        path: ['readers', name, 'map_file'],
        message: `there is no ${reader.mapFile}: the default names are bytes and pauses`,
      })
  for (const name of Object.keys(recorders))
    if (!flushedTo.includes(name) && !routed.some((route) => route.recorders.includes(name)))
      warnings.push({ path: ['recorders', name], message: 'it is in no route: nothing is shipped to it' })
  // Without any route a reader's history is all that is wanted of it.
  if (routed.length > 0)
    for (const name of Object.keys(readers))
      if (
        !Object.hasOwn(DEFAULT_CONFIG.readers, name) &&
        !routed.some((route) => route.readers.includes(name))
      )
        warnings.push({ path: ['readers', name], message: 'it is in no route: it is polled and not shipped' })
  for (const [name, before] of merged)
    warnings.push({
      path: ['recorders', name],
      message: `it ships to the same place as ${before} (${destinationOf(recorders[name]!)}): they are one, with the settings of ${before}`,
    })
  return warnings
}

/** The same as sentences, for a configuration that was not written in a file. */
export function warningsOf(config: Pick<Config, 'readers' | 'recorders' | 'routes'>): string[] {
  return findWarnings(config).map(({ path, message }) => `${path.join('.')}: ${message}`)
}
