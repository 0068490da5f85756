/** Which view shows which source. */

import type { Route, View } from './route.ts'
import type { SourceInfo } from './state/live.ts'

const VIEW_OF_TYPE: Readonly<Record<string, View>> = {
  system_info: 'machine',
  uptime: 'uptime',
  counters: 'counters',
  process: 'process',
  self: 'process',
}

/** The view of a source; what has no view of its own (other programs' variables, an embedding program's pollers) is an app. */
export function viewOfSource({ type }: SourceInfo): View {
  return VIEW_OF_TYPE[type] ?? 'apps'
}

/** Where a source is to be seen. */
export function viewOf(sources: readonly SourceInfo[], name: string): Partial<Route> {
  const source = sources.find((each) => each.name === name)
  if (source === undefined) return { view: 'overview' }
  const view = viewOfSource(source)
  return view === 'apps' ? { view, open: name } : { view }
}

/** The views that have something to show, or say how they would, in the order of the tabs. */
export function viewsOf(sources: readonly SourceInfo[]): View[] {
  const views = new Set<View>([...sources.map(viewOfSource), 'uptime', 'apps'])
  const order: readonly View[] = ['machine', 'uptime', 'counters', 'apps', 'process']
  return ['overview', ...order.filter((view) => views.has(view))]
}
