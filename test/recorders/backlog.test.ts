import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Backlog } from '../../src/recorders/queue/backlog.ts'
import { Spool } from '../../src/recorders/queue/spool.ts'
import { SILENT } from '../../src/utils/index.ts'
import { newFolder } from '../support/folder.ts'
import { numbersOf, shipments } from './support.ts'

const ANY = { shipments: Number.POSITIVE_INFINITY, count: Number.POSITIVE_INFINITY, bytes: 1e9 }
const NO_LIMIT = { queueCount: 1e9, queueBytes: 1e9 }

async function openBacklog(folder: string, maxBytes = 64 * 1024 * 1024, limits = NO_LIMIT) {
  const lost: number[] = []
  const onLost = (count: number) => void lost.push(count)
  const spool = await Spool.open({ folder, maxBytes, log: SILENT, onLost })
  return { backlog: new Backlog('documents', limits, spool, onLost), spool, lost }
}

/** What may happen to a backlog, in any order; a spill goes on while other things happen. */
const HAPPENINGS = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant('push' as const), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ what: fc.constant('take' as const), count: fc.integer({ min: 1, max: 60 }) }),
    fc.record({
      what: fc.constantFrom('done' as const, 'putBack' as const, 'spill' as const, 'wait' as const),
    }),
    fc.record({ what: fc.constant('restart' as const) }),
  ),
  { maxLength: 40 },
)

describe('a backlog', () => {
  it('is a queue, whatever is spilled meanwhile, and over restarts', async () => {
    await fc.assert(
      fc.asyncProperty(HAPPENINGS, async (happenings) => {
        const folder = newFolder()
        // Segments of 1 KiB hold a few lines each.
        let { backlog, spool } = await openBacklog(folder, 8 * 1024 * 1024)
        let model: number[] = []
        let taken = 0
        let next = 0
        let spilling = Promise.resolve()
        for (const happening of happenings) {
          switch (happening.what) {
            case 'push':
              for (const shipment of shipments(happening.count, next)) backlog.push(shipment)
              model.push(
                ...shipments(happening.count, next).map(({ documents }) => documents[0]!.n as number),
              )
              next += happening.count
              break
            case 'take': {
              const batch = await backlog.take({ ...ANY, count: happening.count })
              taken = batch.shipments.length
              expect(numbersOf(batch.shipments)).toEqual(model.slice(0, taken))
              expect(batch.count).toBe(taken)
              expect(taken).toBeLessThanOrEqual(happening.count)
              if (model.length > 0) expect(taken).toBeGreaterThan(0)
              break
            }
            case 'done':
              await backlog.done()
              model = model.slice(taken)
              taken = 0
              break
            case 'putBack':
              backlog.putBack()
              taken = 0
              break
            case 'spill':
              spilling = backlog.spill()
              break
            case 'wait':
              await spilling
              break
            case 'restart':
              backlog.putBack()
              taken = 0
              await spilling
              await backlog.spill()
              await spool.close()
              ;({ backlog, spool } = await openBacklog(folder, 8 * 1024 * 1024))
              break
          }
          if (happening.what === 'wait' || happening.what === 'restart')
            expect(backlog.count + spool.count).toBe(model.length)
        }
        await backlog.spill()
        const rest: number[] = []
        for (;;) {
          const batch = await backlog.take(ANY)
          if (batch.count === 0) break
          rest.push(...numbersOf(batch.shipments))
          await backlog.done()
        }
        expect(rest).toEqual(model)
        expect(backlog.empty).toBe(true)
        expect([backlog.count, backlog.bytes, spool.count, spool.bytes]).toEqual([0, 0, 0, 0])
        await spool.close()
      }),
      { numRuns: 60 },
    )
  })

  it('never loses what is being delivered for want of room', async () => {
    const { backlog, lost } = await openBacklog(newFolder(), undefined, { queueCount: 10, queueBytes: 1e9 })
    for (const shipment of shipments(10)) backlog.push(shipment)
    const batch = await backlog.take({ ...ANY, count: 4 })
    for (const shipment of shipments(100, 10)) backlog.push(shipment)
    expect(numbersOf(batch.shipments)).toEqual([0, 1, 2, 3])
    await backlog.done()
    expect(numbersOf((await backlog.take(ANY)).shipments)).toEqual([104, 105, 106, 107, 108, 109])
    expect(lost.reduce((sum, count) => sum + count)).toBe(100)
  })
})
