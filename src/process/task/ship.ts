/** What a flush sends: all values in parts of so many cells, several parts at a time. */
import { type Family, familiesText, type Point } from '../../prometheus/index.ts'
import type { Log } from '../../utils/index.ts'
import type { Send } from './flushable.ts'

/** Sends families in parts. */
export interface ShipOptions {
  /** Cells of one part; 0 is all in one. A cell is one stream: a distribution's buckets, sum and count are never parted. */
  readonly partSize: number
  /** Parts that are sent at a time. */
  readonly workers: number
  readonly send: (families: readonly Family[]) => Promise<void>
}

/** Sends everything. Rejects with the first error when what was under way has ended; nothing is begun after an error. */
export async function ship(families: readonly Family[], options: ShipOptions): Promise<void> {
  const parts = partsOf(families, options.partSize)
  let failed: { error: unknown } | undefined
  async function work(): Promise<void> {
    for (let part = parts.shift(); part !== undefined && failed === undefined; part = parts.shift()) {
      try {
        await options.send(part)
      } catch (error) {
        failed ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.workers, parts.length) }, work))
  if (failed !== undefined) throw failed.error
}

/** Sends to the log, as Prometheus text: in dev mode. */
export function sendToLog(log: Log): Send {
  return async (families, labels) => log.info({ labels, text: familiesText(families, 'prometheus') }, 'flush')
}

/** Families cut so that each part has at most so many cells. */
function partsOf(families: readonly Family[], size: number): (readonly Family[])[] {
  const given = families.filter(({ points }) => points.length > 0)
  if (size === 0) return given.length === 0 ? [] : [given]
  const parts: Family[][] = []
  let room = 0
  for (const family of given) {
    for (const cells of cellsOf(family)) {
      if (room === 0) {
        parts.push([])
        room = size
      }
      room--
      const part = parts.at(-1)!
      const open = part.at(-1)
      if (open?.name === family.name && open.type === family.type) (open.points as Point[]).push(...cells)
      else part.push({ name: family.name, type: family.type, help: family.help, points: [...cells] })
    }
  }
  return parts
}

/** Points that stand one after the other and differ in their bucket alone are one cell. */
function cellsOf({ type, points }: Family): Point[][] {
  const cells: Point[][] = []
  let open: string | undefined
  for (const point of points) {
    const { le: _, ...labels } = point.labels ?? {}
    const key = JSON.stringify(labels)
    if (type === 'histogram' && key === open) cells.at(-1)!.push(point)
    else cells.push([point])
    open = key
  }
  return cells
}
