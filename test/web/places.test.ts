import { describe, expect, it } from 'vitest'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

const readers = { system_info: { type: 'system_info' } } as const

describe('a zoom in the URL', () => {
  it('that no calendar can show is as if it was not there', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, url)
    for (const query of [
      'view=machine&from=1e13&to=2e13',
      'view=machine&from=9e99&to=1e300',
      'view=machine&from=-1e15&to=5',
      'view=uptime&from=0&to=1e15',
      'view=machine&from=8640000000001&to=8640000000009',
      'view=machine&from=&to=5',
    ]) {
      await page.goto(`${url}/?${query}`)
      await page.locator('button[aria-pressed=true]:text-is("5m")').waitFor()
      expect(await page.locator('button.zoom').count(), query).toBe(0)
    }
  })

  it('is shown up to the ends of what a calendar can show', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, url)
    for (const query of ['from=0&to=8640000000000', 'from=0&to=1', 'from=8639999999999&to=8640000000000']) {
      await page.goto(`${url}/?view=machine&${query}`)
      await page.locator('button.zoom').waitFor()
      await page.locator('.chart canvas').first().waitFor()
    }
  })
})
