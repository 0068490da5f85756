import { describe, it } from 'vitest'
import { type TestTarget, targetsSource } from '../support/targets.ts'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

const up: TestTarget = { status: 'healthy', latency: 12 }
const down: TestTarget = { status: 'unhealthy', latency: 0, reason: 'connection refused' }

/** Readers of type uptime need addresses; these two ask ports of this process. */
const watched = (address: string) => ({ type: 'uptime' as const, targets: { web: address } })

describe('what is wrong', () => {
  it('is gathered over all sources of a kind, not the first alone', async (context) => {
    const { url: alive } = await tree({})
    const readers = { near: watched(`${alive}/health`), far: watched('tcp://127.0.0.1:1') }
    const { url } = await tree({ readers })
    const page = await visit(context, url)
    const problems = page.getByRole('region', { name: 'Problems' })
    await problems.getByRole('link', { name: /web is down/ }).waitFor()
    await page.getByText('1 of 2 down').waitFor()
  })

  it('is nothing only when all was heard of, and only what is up is called up', async (context) => {
    const states = { a: up, b: { ...up, status: 'unknown' } }
    const { url } = await tree({}, { sources: [targetsSource(() => states)] })
    const page = await visit(context, url)
    await page.getByText('Nothing is wrong.').waitFor()
    await page.getByText('targets: 1 up · 1 unknown').waitFor()
    await page.getByRole('heading', { name: 'Targets 1 up · 1 unknown' }).waitFor()
  })

  it('with many targets is one line', async (context) => {
    const states = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`a${i}`, down]))
    const { url } = await tree({}, { sources: [targetsSource(() => states)] })
    const page = await visit(context, url)
    await page.getByRole('link', { name: /9 targets are down: a\d, a\d/ }).waitFor()
    await page.getByRole('heading', { name: '1 problem', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Uptime 9 problems' }).waitFor()
  })
})
