import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createRegistry } from '../../src/process/index.ts'
import { depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

describe('this program’s numbers', () => {
  it('are a table with what an embedding program records, and each has its chart', async (context) => {
    const registry = createRegistry()
    const orders = registry.counter('shop/orders', { fields: { item: 'string' } })
    const timer = setInterval(() => orders.add(1, { item: 'tea' }), 50)
    onTestFinished(() => clearInterval(timer))
    const { url } = await tree({ readers: { process: { type: 'process', intervalMs: 1000 } } }, { registry })
    const page = await visit(context, `${url}/?view=process`)
    await page.getByRole('link', { name: 'Numbers' }).click()
    const row = page.getByRole('row', { name: /shop\/orders\{item=tea\}/ })
    await expect.poll(() => row.innerText()).toMatch(/\d+\s+\d[\d.]*\u202f\/s/)
    await row.getByRole('button').click()
    const drawer = page.getByRole('complementary', { name: 'shop/orders{item=tea}' })
    await drawer.locator('canvas').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').fill('memory.rss')
    const memory = page.getByRole('row', { name: /memory\.rss/ })
    await expect.poll(() => memory.innerText()).toMatch(/MiB/)
    await memory.getByRole('button', { name: 'Pin memory.rss' }).click()
    await memory.getByRole('button', { name: 'memory.rss', exact: true }).click()
    await page.locator('aside .legend b', { hasText: 'MiB' }).waitFor()
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Overview' }).click()
    const pinned = page.getByRole('region', { name: 'Pinned' })
    await pinned.getByRole('region', { name: 'memory.rss' }).locator('canvas').waitFor()
  }, 60_000)

  it('tell on the overview how shipping fares', async (context) => {
    const file = `${newFolder()}/shipped.jsonl`
    const { url } = await tree({
      readers: { me: { type: 'self' } },
      recorders: { kept: { type: 'file', options: { path: file }, queue: {} } },
      routes: { all: { readers: ['me'], recorders: ['kept'] } },
    })
    const page = await visit(context, url)
    const row = page.getByRole('region', { name: 'Recorders' }).getByRole('row', { name: /kept/ })
    await expect.poll(() => row.innerText(), { timeout: 20_000 }).toMatch(/ships well\s.*ago\s+[1-9]/)
    expect(readFileSync(file, 'utf8')).toContain('timestamp')
  }, 60_000)
})

describe('the page', () => {
  it('needs one socket, and a link shows the same in another browser', async (context) => {
    const { url } = await tree({ readers: { system_info: { type: 'system_info' } } })
    const page = await visit(context, url)
    const sockets: string[] = []
    page.on('websocket', (socket) => sockets.push(socket.url()))
    await page.getByRole('button', { name: '1h', exact: true }).click()
    await page.goto(`${url}/?view=machine`)
    await page.locator('.chart canvas').first().waitFor()
    // The period is that of the last visit, and now it stands in the URL.
    await expect.poll(() => page.url()).toBe(`${url}/?view=machine&period=1h`)
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.locator('.tile .spark').first().waitFor()
    expect(sockets).toHaveLength(1)
    const other = await visit(context, `${url}/?view=machine&period=1h`)
    await other.locator('button[aria-pressed=true]:text-is("1h")').waitFor()
    await other.locator('.chart canvas').first().waitFor()
  })

  it('opens the app that fails first, and marks it', async (context) => {
    const app = await tree({}, { sources: [depthSource(() => 1)] })
    const dead = { type: 'expvar' as const, endpoint: 'http://127.0.0.1:1' }
    const readers = { alive: { type: 'expvar' as const, endpoint: app.url }, dead }
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=apps`)
    await page.getByRole('link', { name: 'Cannot be read: dead' }).waitFor()
    await page.getByRole('heading', { name: 'dead cannot be read' }).waitFor()
  })
})
