/** What every recorder must do: one suite, run on each kind with its real store. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, type TestContext } from 'vitest'
import type { Recorder, Shipment } from '../../src/recorders/index.ts'
import { until } from '../support/until.ts'
import { AT, shipmentOf } from './support.ts'

/** A number that a store took: of which moment, under a name that holds this word, in its own digits. */
interface Taken {
  /** Unix milliseconds. */
  readonly at: number
  readonly name: string
  readonly value: string
}

/** A recorder and the store it ships to. */
interface Subject {
  readonly recorder: Recorder
  /** All numbers that the store has now. */
  taken(): Promise<readonly Taken[]>
}

/** How a kind of recorder is tried. Each call makes one anew, with a store of its own; what it starts ends with the test. */
export interface Kind {
  /** Such as `elasticsearch`. */
  readonly kind: string
  /** Its recorder is to be called `Main`. */
  open(context: TestContext): Promise<Subject>
  /** One whose store cannot be reached. */
  openUnreachable?(context: TestContext): Promise<Recorder>
  /** One whose store takes requests and never answers. */
  openSilent?(context: TestContext): Promise<Recorder>
  /** Whether it keeps integers beyond 2^53. A store of doubles does not. */
  readonly exact: boolean
  /** A word that stands for a secret in its settings: it is told to nobody. */
  readonly secret?: string
}

const never = () => new AbortController().signal
const NOTHING_REFUSED = new Map<string, number>()

/** Runs the suite on a kind. */
export function recorderContract({ kind, open, openUnreachable, openSilent, exact, secret }: Kind): void {
  /** Waits until the store has as many numbers of this name, and gives them in order of time. */
  async function numbers({ taken }: Subject, name: string, count: number): Promise<string[]> {
    const named = async () => (await taken()).filter((one) => one.name.includes(name))
    await until(async () => (await named()).length >= count)
    return (await named()).sort((a, b) => a.at - b.at).map(({ value }) => value)
  }

  describe(`the ${kind} recorder`, () => {
    it('keeps its name, and says where it ships to without a secret', async (context) => {
      const { recorder } = await open(context)
      expect(recorder.name).toBe('Main')
      expect(recorder.destination).toMatch(new RegExp(`^${kind} \\S`))
      if (secret !== undefined) expect(JSON.stringify(recorder)).not.toContain(secret)
      await recorder.close?.()
    })

    it('delivers a batch and tells how much of it was taken', async (context) => {
      const subject = await open(context)
      const batch = [0, 1, 2].map((i) =>
        shipmentOf({ depth: 10.5 + i, 'queue.depth': 7 }, { at: AT + i * 1000 }),
      )
      expect(await subject.recorder.record(batch, never())).toEqual({
        shipped: sizeOf(subject.recorder, batch),
        refused: NOTHING_REFUSED,
      })
      const values = (await numbers(subject, 'depth', 6)).map(Number)
      expect(values.filter((value) => value !== 7)).toEqual([10.5, 11.5, 12.5])
      expect((await subject.taken()).map(({ at }) => at).sort()).toEqual(
        expect.arrayContaining([AT, AT + 2000]),
      )
      await subject.recorder.close?.()
    })

    it('takes a batch without anything in it', async (context) => {
      const { recorder } = await open(context)
      const nothing = shipmentOf({}, { documents: [], families: [] })
      expect(await recorder.record([nothing], never())).toEqual({ shipped: 0, refused: NOTHING_REFUSED })
      await recorder.close?.()
    })

    it('delivers one batch after the other', async (context) => {
      const subject = await open(context)
      for (let i = 0; i < 5; i++)
        await subject.recorder.record([shipmentOf({ step: i }, { at: AT + i * 1000 })], never())
      expect((await numbers(subject, 'step', 5)).map(Number)).toEqual([0, 1, 2, 3, 4])
      await subject.recorder.close?.()
    })

    it('delivers numbers as they are, to the digit', async (context) => {
      const subject = await open(context)
      const given = [
        0.1,
        1e-7,
        12,
        2 ** 53 - 1,
        ...(exact ? [18_446_744_073_709_551_615n, -(2n ** 63n)] : []),
      ]
      const batch = given.map((value, i) => shipmentOf({ number: value }, { at: AT + i * 1000 }))
      await subject.recorder.record(batch, never())
      const got = await numbers(subject, 'number', given.length)
      expect(got.map((text) => (/^-?\d+$/.test(text) ? BigInt(text) : Number(text)))).toEqual(
        given.map((value) => (Number.isInteger(value) ? BigInt(value) : value)),
      )
      await subject.recorder.close?.()
    })

    it('may be closed before it shipped, and twice', async (context) => {
      const { recorder } = await open(context)
      await recorder.close?.()
      await recorder.close?.()
    })

    if (openUnreachable !== undefined)
      it('tells as unavailable that its store cannot be reached', async (context) => {
        const recorder = await openUnreachable(context)
        const fault = await recorder.record([shipmentOf({ depth: 1 })], never()).catch((error) => error)
        expect(fault).toMatchObject({ name: 'MetricsError', code: 'unavailable' })
        expect(fault.message.length).toBeGreaterThan(5)
        if (secret !== undefined) expect(fault.message).not.toContain(secret)
        await recorder.close?.()
      })

    if (openSilent !== undefined)
      it('ends when it is told to, although its store never answers', async (context) => {
        const recorder = await openSilent(context)
        const abort = new AbortController()
        const delivery = recorder.record([shipmentOf({ depth: 1 })], abort.signal).then(
          () => 'delivered',
          (error) => error.code,
        )
        await sleep(100)
        const began = performance.now()
        abort.abort(new Error('time is over'))
        expect(['unavailable', 'timeout']).toContain(await delivery)
        expect(performance.now() - began).toBeLessThan(2000)
        await recorder.close?.()
      })
  })
}

/** Documents, or points, of a batch. */
function sizeOf({ takes }: Recorder, batch: readonly Shipment[]): number {
  return batch.reduce(
    (sum, { documents, families }) =>
      sum +
      (takes === 'documents'
        ? documents.length
        : families.reduce((points, family) => points + family.points.length, 0)),
    0,
  )
}
