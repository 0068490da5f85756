import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCounters } from '../../src/counters/index.ts'
import { depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { targetsSource } from '../support/targets.ts'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

/** A treering of a folder with one good file, and these that are cut. */
async function withCut(...names: readonly string[]) {
  const directory = newFolder()
  const writer = createCounters(join(directory, 'shop.dat'))
  writer.addCounter('requests')
  onTestFinished(() => writer.close())
  for (const name of names) writeFileSync(join(directory, name), Buffer.alloc(100))
  return tree({ readers: { counters: { type: 'counters', directory } } })
}

/** As long as a file system allows. */
const LONG = `${'x'.repeat(250)}.dat`

describe('a name of 254 characters', () => {
  for (const width of [390, 1440]) {
    it(`makes no view wider than a window of ${width}`, async (context) => {
      const directory = newFolder()
      const writer = createCounters(join(directory, LONG), { statics: { [LONG]: LONG } })
      writer.addCounter(LONG)
      onTestFinished(() => writer.close())
      writeFileSync(join(directory, LONG.replace('x', 'y')), Buffer.alloc(100))
      const up = { status: 'healthy', latency: 1, group: LONG, display_name: LONG } as const
      const down = { status: 'unhealthy', latency: 0, reason: LONG, display_name: LONG } as const
      const { url } = await tree(
        { readers: { counters: { type: 'counters', directory } } },
        { sources: [targetsSource(() => ({ [LONG]: up, down })), depthSource(() => 1, LONG.slice(0, 64))] },
      )
      const page = await visit(context, url, { viewport: { width, height: 844 } })
      const text = page.locator('.problems .text').first()
      await expect.poll(async () => (await text.boundingBox())?.width).toBeGreaterThan(200)
      const open = `counters/${LONG}/${LONG}`
      for (const [path, there] of [
        ['/', '.problems li'],
        ['/?view=counters', 'p.bad'],
        [`/?view=counters&open=${open}`, 'aside .chart'],
        ['/?view=counters&filter=none', 'main .muted'],
        [`/?view=counters&filter=${LONG}${LONG}`, 'main .muted'],
        ['/?view=uptime', 'table.targets tbody tr'],
        [`/?view=uptime&open=uptime/${LONG}`, 'aside .chart'],
        ['/?view=uptime&open=uptime/down', 'aside .chart'],
        ['/?view=apps', 'main table tbody tr'],
        ['/status', '.verdict'],
      ]) {
        await page.goto(url + path)
        await page.locator(there!).first().waitFor()
        const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        expect(beyond, path).toBeLessThanOrEqual(0)
      }
    })
  }
})

describe('counters files that cannot be read', () => {
  it('are one problem each, and say why once', async (context) => {
    const names = ['cut.dat', 'half.dat', 'torn "b".dat']
    const { url } = await withCut(...names)
    const page = await visit(context, url)
    const problems = page.getByRole('region', { name: 'Problems' })
    await problems.getByRole('link', { name: 'cut.dat cannot be read: it has 100 bytes' }).waitFor()
    await page.getByRole('link', { name: 'Counters 3 problems' }).waitFor()
    await page.getByRole('heading', { name: '3 problems', exact: true }).waitFor()
    const text = await problems.innerText()
    for (const name of names) expect(text.split(name).length - 1, name).toBe(1)
    expect(text).not.toContain('cannot read')
    await page.getByRole('link', { name: 'Counters 3 problems' }).click()
    await page.getByText('cut.dat cannot be read: it has 100 bytes').waitFor()
    expect(await page.locator('main').innerText()).not.toContain('cannot read')
  })
})
