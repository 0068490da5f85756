/** Servers that answer as a test wants, and sources that read them. */
import fc from 'fast-check'
import { onTestFinished } from 'vitest'
import { createExpvarSource, type ExpvarSource, type ExpvarSourceOptions } from '../../src/expvar/index.ts'
import { Poller } from '../../src/period/index.ts'
import { answering } from '../support/listening.ts'

/** A server that answers what a test last put into `body`. */
export async function telling(first: string) {
  const told = { body: first, requests: 0 }
  const { url } = await answering((_, response) => {
    told.requests++
    response.setHeader('content-type', 'application/json; charset=utf-8').end(told.body)
  })
  return { told, url }
}

/** A source, closed when the test ends, with a read that needs no poller. */
export function source(endpoint: string, options: Partial<ExpvarSourceOptions> = {}) {
  const made = createExpvarSource({ name: 'app', endpoint, ...options })
  onTestFinished(() => made.close())
  return Object.assign(made, {
    read: (last?: Parameters<ExpvarSource['collect']>[1]) =>
      made.collect(Date.now(), last, new AbortController().signal),
  })
}

/** A poller that reads when the test says so, and forgets all when it ends. */
export function poller(from: ExpvarSource, options: ConstructorParameters<typeof Poller>[1] = {}) {
  const made = new Poller(from, { dir: null, ...options })
  onTestFinished(() => made.stop())
  made.load()
  return made
}

/** Doubles that are told with a point or an exponent, or are small: long whole ones are read as integers. */
export const double = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter(
    (n) => !Object.is(n, -0) && (Number.isSafeInteger(n) || !Number.isInteger(n) || Math.abs(n) >= 1e20),
  )
