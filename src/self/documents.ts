/**
 * What recorders ship of a sample: a document of the process, one of each poller and one of each recorder, so that a store
 * has as many fields as there are numbers, not as many as there are pollers times numbers.
 *
 * Differs from expvastic: fields are `poller.polls` and the like; its own were names with spaces, such as `Read Jobs`.
 */
import type { Fields } from '../period/index.ts'
import type { SelfSample } from './sample.ts'

/** Flat documents. */
export function selfDocuments({ memory, cpu, sockets, pollers, recorders }: SelfSample): Fields[] {
  return [
    { ...prefixed('memory', memory), ...prefixed('cpu', cpu), ...prefixed('sockets', sockets) },
    ...Object.entries(pollers).map(([name, numbers]) => prefixed('poller', { name, ...numbers })),
    ...Object.entries(recorders).map(([name, numbers]) => prefixed('recorder', { name, ...numbers })),
  ]
}

function prefixed(prefix: string, numbers: object): Fields {
  return Object.fromEntries(Object.entries(numbers).map(([key, value]) => [`${prefix}.${key}`, value]))
}
