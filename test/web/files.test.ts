import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCounters } from '../../src/counters/index.ts'
import { newFolder } from '../support/folder.ts'
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
