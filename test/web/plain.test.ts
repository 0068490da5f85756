import { describe, expect, it } from 'vitest'
import { createRegistry } from '../../src/process/index.ts'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

const PATHS = ['/process/metrics', '/list', '/docs', '/login']

/** A treering of itself that records numbers with long names, and with many fields. */
async function served() {
  const registry = createRegistry()
  registry.counter('shop/orders/of/everybody/who/ever/bought/something/anywhere').add(1_234_567)
  registry.gauge('shop/temperature', { unit: 'Cel', value: 'float' }).set(0.1234567890123)
  const fields = { method: 'string', route: 'string', status: 'int' } as const
  const tags = { method: 'GET', route: '/orders/'.repeat(8), status: 200 }
  registry.counter('shop/requests', { fields }).add(1, tags)
  const readers = { process: { type: 'process' as const }, machine: { type: 'system_info' as const } }
  return tree({ readers }, { registry })
}

describe('a page without scripts', () => {
  for (const width of [390, 1440]) {
    it(`fits into a window of ${width}, with its values whole`, async (context) => {
      const { url } = await served()
      const page = await visit(context, url, { viewport: { width, height: 844 } })
      for (const path of PATHS) {
        await page.goto(url + path)
        const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        expect(beyond, path).toBeLessThanOrEqual(0)
      }
      await page.goto(`${url}/process/metrics`)
      for (const text of ['1234567', '0.1234567890123']) {
        const value = (await page.getByRole('cell', { name: text }).last().boundingBox())!
        expect(value.x + value.width, text).toBeLessThanOrEqual(width)
      }
    })
  }

  it('has the page’s icon', async (context) => {
    const { url } = await served()
    const page = await visit(context, url)
    for (const path of PATHS) {
      await page.goto(url + path)
      expect(await page.locator('link[rel=icon]').getAttribute('href'), path).toBe('/favicon.svg')
    }
  })
})
