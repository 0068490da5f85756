import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCounters } from '../../src/counters/index.ts'
import { depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { targetsSource } from '../support/targets.ts'
import { tree } from '../support/tree.ts'
import { faultsOf, visit } from './browser.ts'

/** A place of each view, and what is there when it is drawn. */
const PLACES: readonly (readonly [path: string, there: string])[] = [
  ['/', '.tile .spark'],
  ['/?view=machine', '.chart canvas'],
  ['/?view=uptime&open=uptime%2Fdb', 'aside .chart'],
  ['/?view=counters', 'table.counters tbody tr'],
  ['/?view=apps&open=queue%2Fdepth', 'aside .chart'],
  ['/?view=process', '.chart canvas'],
  ['/status', '.verdict'],
]

async function everything() {
  const directory = newFolder()
  const writer = createCounters(join(directory, 'shop.dat'))
  const label = 'a label that is quite a bit longer than the screen of a telephone is wide'
  writer.addCounter(label).add(1_234_567_890n)
  onTestFinished(() => writer.close())
  const targets = targetsSource(() => ({
    home: { status: 'healthy', latency: 12, group: 'web', certificate_days: 9 },
    db: { status: 'unhealthy', latency: 0, reason: 'cannot connect: connection refused' },
    nap: { status: 'napping', latency: 0 },
    new: { status: 'unknown', latency: 0 },
  }))
  const readers = {
    system_info: { type: 'system_info' as const },
    counters: { type: 'counters' as const, directory },
    process: { type: 'process' as const },
  }
  return tree({ readers }, { sources: [targets, depthSource(() => 1, 'queue')] })
}

describe('every view', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has no serious fault of accessibility when it is ${colorScheme}`, async (context) => {
      const { url } = await everything()
      const page = await visit(context, url, { colorScheme })
      for (const [path, there] of PLACES) {
        await page.goto(url + path)
        await page.locator(there).first().waitFor()
        expect(await faultsOf(page), path).toEqual([])
      }
    }, 60_000)
  }

  it('fits on a telephone', async (context) => {
    const { url } = await everything()
    const page = await visit(context, url, { viewport: { width: 360, height: 740 }, hasTouch: true })
    for (const [path, there] of PLACES) {
      await page.goto(url + path)
      await page.locator(there).first().waitFor()
      const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      expect(beyond, path).toBeLessThanOrEqual(0)
    }
  })

  it('has its own tabs on top, and the current one in sight, on a telephone', async (context) => {
    const { url } = await everything()
    const page = await visit(context, `${url}/?view=process`, { viewport: { width: 360, height: 740 } })
    await page.locator('.chart').first().waitFor()
    const top = async (selector: string) => (await page.locator(selector).first().boundingBox())!.y
    expect(await top('main nav')).toBeLessThan(await top('.chart'))
    const tab = (await page.locator('.top nav [aria-current]').boundingBox())!
    expect(tab.x + tab.width).toBeLessThanOrEqual(360)
    await page.goto(`${url}/?view=counters&period=3y`)
    await expect.poll(() => page.url()).toBe(`${url}/?view=counters`)
    for (const cell of await page.locator('table.counters .number').all()) {
      const box = (await cell.boundingBox())!
      expect(box.x + box.width).toBeLessThanOrEqual(360)
      expect(await cell.evaluate((td) => td.scrollWidth - td.clientWidth)).toBeLessThanOrEqual(0)
    }
  })

  it('shows values, and since when, on a telephone', async (context) => {
    const { url } = await everything()
    const page = await visit(context, `${url}/?view=apps`, { viewport: { width: 390, height: 844 } })
    const row = page.getByRole('row', { name: /depth/ })
    await expect.poll(() => row.innerText()).toMatch(/depth\s+1\s+0/)
    await page.goto(`${url}/?view=uptime`)
    await expect.poll(() => page.getByRole('row', { name: /db/ }).innerText()).toMatch(/Down\s+1\u202fmin/)
    await page.goto(url)
    const transfers = page.locator('.tile .value').filter({ hasText: '/s' })
    await transfers.first().waitFor()
    for (const value of await transfers.all())
      expect(await value.evaluate((p) => p.scrollWidth - p.clientWidth)).toBeLessThanOrEqual(0)
  })

  it('is light or dark as the system is, unless this browser’s user chose', async (context) => {
    const { url } = await everything()
    const page = await visit(context, url, { colorScheme: 'dark' })
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const button = page.getByRole('button', { name: /^Colours/ })
    await button.waitFor()
    const dark = await ground()
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await ground()
    expect(light).not.toBe(dark)
    await button.click()
    await button.click()
    await expect.poll(() => ground()).toBe(dark)
    await page.reload()
    await page.getByRole('button', { name: 'Colours: dark' }).waitFor()
    await expect.poll(() => ground()).toBe(dark)
  })
})
