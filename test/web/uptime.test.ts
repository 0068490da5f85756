import { describe, expect, it } from 'vitest'
import { createUptime } from '../../src/uptime/index.ts'
import { newFolder } from '../support/folder.ts'
import { answering } from '../support/listening.ts'
import { targetsSource } from '../support/targets.ts'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

/** A site that answers with the status it is told. */
async function site() {
  const state = { status: 200 }
  const { url } = await answering((_, response) => void response.writeHead(state.status).end())
  return { state, url: `${url}/` }
}

describe('targets of the reader', () => {
  it('that go down and come back turn rows, changes and the status page', async (context) => {
    const { state, url: home } = await site()
    const targets = { home, backup: 'push:25h' }
    const { url } = await tree({ readers: { uptime: { type: 'uptime', intervalMs: 1000, targets } } })
    const page = await visit(context, `${url}/?view=uptime`)
    const row = page.getByRole('row', { name: /home/ })
    await expect.poll(() => row.innerText()).toMatch(/Up/)
    // Never heard of: nobody knows whether it is up.
    const silent = page.getByRole('row', { name: /backup/ })
    await expect.poll(() => silent.innerText()).toMatch(/Unknown/)
    expect(await silent.innerText()).not.toMatch(/100|0\u202fms/)
    await page.getByRole('heading', { name: 'None down 1 up · 1 unknown' }).waitFor()
    await row.getByRole('button', { name: 'home' }).click()
    const drawer = page.getByRole('complementary', { name: 'home' })
    await drawer.getByText(home).waitFor()
    state.status = 503
    const changes = drawer.getByRole('region', { name: 'Changes' })
    await changes.getByText('Down').waitFor()
    await expect.poll(() => row.innerText()).toMatch(/Down/)
    const status = await page.context().newPage()
    await status.goto(`${url}/status?period=1h`)
    await status.getByRole('heading', { name: /^home is down for \d+/ }).waitFor()
    await status.getByText('not checked').waitFor()
    state.status = 200
    // A page behind another one is not drawn.
    await page.bringToFront()
    await expect.poll(() => changes.getByRole('listitem').count()).toBeGreaterThan(1)
    await status.bringToFront()
    await status.getByRole('heading', { name: 'Nothing is known to be down: 1 up · 1 unknown' }).waitFor()
    await page.bringToFront()
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('home')
  }, 60_000)

  it('that are down stand before all groups', async (context) => {
    const up = { status: 'healthy', latency: 1 }
    const states = {
      a: { ...up, group: 'web' },
      b: { ...up, group: 'web' },
      c: { status: 'unhealthy', latency: 0, group: 'web' },
      d: { ...up, group: 'home' },
    }
    const { url } = await tree({}, { sources: [targetsSource(() => states)] })
    const page = await visit(context, `${url}/?view=uptime`)
    const rows = page.locator('table.targets tbody tr')
    await expect.poll(() => rows.count()).toBe(7)
    await expect.poll(() => page.locator('tr.group').allInnerTexts()).toEqual(['Down', 'web', 'home'])
    await expect.poll(() => rows.nth(1).innerText()).toMatch(/Down\s+c/)
    await page.goto(`${url}/status`)
    await expect
      .poll(() => page.getByRole('heading', { level: 2 }).allInnerTexts())
      .toEqual(['Down', 'web', 'home'])
  })

  it('say since when also after a restart', async (context) => {
    const dataDir = newFolder()
    const before = createUptime({
      targets: () => ({ home: { status: down ? 'unhealthy' : 'healthy' } }),
      dir: `${dataDir}/metrics`,
    })
    let down = false
    const now = Date.now()
    await before.collect(now - 7_300_000, undefined, AbortSignal.any([]))
    down = true
    await before.collect(now - 7_200_000, undefined, AbortSignal.any([]))
    await before.close()
    const targets = { home: 'tcp://127.0.0.1:1' }
    const { url } = await tree({
      dataDir,
      readers: { uptime: { type: 'uptime', intervalMs: 1000, targets } },
    })
    const page = await visit(context, url)
    await page.getByRole('link', { name: /home is down: connection refused for 2.h/ }).waitFor()
  })

  it('are named with what to do where there are none', async (context) => {
    const { url } = await tree({})
    const page = await visit(context, `${url}/status`)
    await page.getByText('home: https://example.org').waitFor()
    await page.goto(url)
    for (const [tab, hint] of [
      ['Uptime', 'No targets yet'],
      ['Apps', 'No apps yet'],
    ]) {
      await page.getByRole('navigation').getByRole('link', { name: tab! }).click()
      await page.getByRole('heading', { name: hint! }).waitFor()
    }
  })
})
