/** Pollers that are beaten by hand, recorders to servers that a test makes, and what ships between them. */
import { onTestFinished } from 'vitest'
import type { Config } from '../../src/config/index.ts'
import { type AnyPoller, Poller } from '../../src/period/index.ts'
import type { RecorderSettings } from '../../src/recorders/index.ts'
import { Shipping } from '../../src/shipping.ts'
import { depthSource } from '../support/depth.ts'
import { keptLog } from '../support/log.ts'
import type { BulkServer } from './bulkserver.ts'
import { QUICK } from './support.ts'

/** Settings of a recorder to this server. */
export const to = ({ url }: BulkServer, queue: RecorderSettings['queue'] = {}): RecorderSettings => ({
  type: 'elasticsearch',
  options: { nodes: [url], index: 'tree' },
  queue: { ...QUICK, ...queue },
})

export const file = (path: string): RecorderSettings => ({ type: 'file', options: { path }, queue: QUICK })

/** A poller that is beaten by hand, and counts up. */
function counting(name: string): AnyPoller {
  let count = 0
  const poller = new Poller(
    depthSource(() => count++, name),
    { dir: null },
  )
  onTestFinished(() => poller.stop())
  return poller
}

export const depths = (server: BulkServer, reader = '') =>
  [...server.stored.values()]
    .map(({ text }) => JSON.parse(text) as { reader: string; depth: number })
    .filter((document) => document.reader.includes(reader))
    .map(({ depth }) => depth)

type Shipped = Pick<Config, 'recorders' | 'routes'>

export function shipping() {
  const log = keptLog()
  const shipping = new Shipping(log)
  onTestFinished(() => shipping.stop(0))
  const apply = async (config: Shipped) =>
    (await shipping.prepare({ readers: {}, ...config }, ['a', 'b'])).commit()
  /** A poller whose samples are shipped. */
  const connected = (name = 'a', shipsItself = () => false) => {
    const poller = counting(name)
    shipping.connect(poller, undefined, shipsItself)
    return poller
  }
  return { shipping, apply, connected, log }
}

export const all = (...recorders: string[]) => ({ r: { readers: ['a'], recorders } })
