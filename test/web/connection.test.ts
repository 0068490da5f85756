import { describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/config/index.ts'
import { init } from '../../src/index.ts'
import { depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { serve } from '../support/serve.ts'
import { targetsSource } from '../support/targets.ts'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

const TOKEN = 'a-token-of-some-length'
/** What a browser says of a server that is not there. */
const GONE =
  /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket connection|ERR_EMPTY_RESPONSE|signal timed out/

describe('the connection', () => {
  it('that breaks is said, and is back by itself when the server is', async (context) => {
    const sources = () => [depthSource(() => Math.random())]
    const dataDir = newFolder()
    const first = await init(
      { listen: { host: '127.0.0.1', port: 0 }, dataDir, readers: {} },
      { sources: sources() },
    )
    const page = await visit(context, `${first.url}/?view=apps`, { expected: GONE })
    const value = page.getByRole('row', { name: /depth/ })
    await value.waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await first.close()
    await page.getByText(/Not connected: what you see is of \d\d:\d\d:\d\d\./).waitFor()
    const before = await value.innerText()
    const port = Number(new URL(first.url).port)
    await tree({ listen: { host: '127.0.0.1', port }, dataDir }, { sources: sources() })
    await page.getByText('Live', { exact: true }).waitFor()
    await expect.poll(() => value.innerText()).not.toBe(before)
  })

  it('to a server that stands still is told as broken, and what was seen as of then', async (context) => {
    const { url, process: child } = await serve(['--data', newFolder()])
    const page = await visit(context, url, { expected: GONE })
    await page.getByText('Live', { exact: true }).waitFor()
    const first = page.getByRole('region', { name: 'Problems' })
    await expect.poll(() => first.innerText()).toMatch(/Nothing is wrong|problem/)
    child.kill('SIGSTOP')
    await page.getByText(/Not connected: what you see is of \d\d:\d\d:\d\d\./).waitFor({ timeout: 25_000 })
    expect(await page.getByText('Live', { exact: true }).count()).toBe(0)
    await expect.poll(() => first.innerText()).toMatch(/as of \d\d:\d\d:\d\d/i)
    expect(await first.innerText()).not.toContain('Nothing is wrong')
    child.kill('SIGCONT')
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 25_000 })
    await expect.poll(() => first.innerText()).not.toMatch(/as of/i)
  }, 60_000)

  it('to a source that answers no more says how old its data is', async (context) => {
    let stuck = false
    const source = depthSource(() => 1)
    const { collect } = source
    source.collect = (now, last, signal) => (stuck ? new Promise(() => {}) : collect(now, last, signal))
    const { url } = await tree({}, { sources: [source] })
    const page = await visit(context, url)
    await page.getByText('Live', { exact: true }).waitFor()
    stuck = true
    await page.getByText(/Oldest data \d+\u202fs old/).waitFor({ timeout: 25_000 })
    await page.getByRole('link', { name: /depth cannot be read/ }).waitFor()
  })

  it('shows what a change of the configuration adds, and no more what it takes away', async (context) => {
    const config = { ...DEFAULT_CONFIG, listen: { host: '127.0.0.1', port: 0 }, dataDir: newFolder() }
    const before = { ...config, readers: { system_info: { type: 'system_info' as const } } }
    const running = await tree(before)
    // A problem of the machine may be asked about just when its source goes.
    const page = await visit(context, running.url, { expected: /status of 404/ })
    const tab = (name: string) => page.getByRole('navigation').getByRole('link', { name })
    await tab('Machine').waitFor()
    expect(await tab('Counters').count()).toBe(0)
    await running.apply({ ...before, readers: { counters: { type: 'counters', directory: newFolder() } } })
    await tab('Counters').waitFor()
    await tab('Machine').waitFor({ state: 'detached' })
  })

  it('wants the token where there is one, and leads back to the same place', async (context) => {
    const { url } = await tree({ token: TOKEN, readers: { system_info: { type: 'system_info' } } })
    const page = await visit(context, `${url}/?view=machine&period=1h`, {
      // Asked just when the cookie goes.
      expected: /status of 401/,
    })
    await page.getByLabel('Token').fill(TOKEN)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.locator('.chart canvas').first().waitFor()
    expect(page.url()).toBe(`${url}/?view=machine&period=1h`)
    await page.getByText('Live', { exact: true }).waitFor()
    await page.context().clearCookies()
    await page.getByRole('link', { name: 'Log in' }).waitFor()
    expect(await page.getByRole('link', { name: 'Log in' }).getAttribute('href')).toBe(
      '/login?next=%2F%3Fview%3Dmachine%26period%3D1h',
    )
  })
})

describe('the status page', () => {
  it('is shown to everybody when it is public, turns with its targets, and leads nowhere else', async (context) => {
    const states = {
      home: { status: 'healthy', latency: 1, group: 'web' },
      db: { status: 'healthy', latency: 1 },
    }
    const { url } = await tree(
      { token: TOKEN, statusPublic: true },
      { sources: [targetsSource(() => states)] },
    )
    const page = await visit(context, `${url}/status?period=1h`, {
      // The server is asked for the period that is not there.
      expected: /status of 400/,
    })
    await page.getByRole('heading', { name: 'Everything is up' }).waitFor()
    await expect.poll(() => page.getByRole('listitem').allInnerTexts()).toHaveLength(2)
    states.db.status = 'unhealthy'
    await page.getByRole('heading', { name: /db is down for 1/ }).waitFor()
    await expect.poll(() => page.title()).toBe('Status: 1 down')
    await page.getByRole('button', { name: 'Last month' }).click()
    await expect.poll(() => page.url()).toBe(`${url}/status?period=1mo`)
    await page.goto(`${url}/status?period=3y`)
    await page.getByRole('heading', { name: /db is down for/ }).waitFor()
    await expect.poll(() => page.url()).toBe(`${url}/status`)
    expect(await page.content()).not.toContain('10.0.0.7')
  })
})
