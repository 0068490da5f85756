import { describe, expect, it } from 'vitest'
import { targetsSource } from '../support/targets.ts'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

const DAY_MS = 86_400_000
const targets = targetsSource(() => ({ home: { status: 'healthy', latency: 12 } }))

describe('the status page', () => {
  it('offers the periods of the configuration that are longer than a day, and takes any from the URL', async (context) => {
    const periods = { '12h': DAY_MS / 2, '1w': 7 * DAY_MS, '1y': 365 * DAY_MS }
    const { url } = await tree({ periods }, { sources: [targets] })
    const page = await visit(context, `${url}/status?period=1y`)
    await page.getByText('365 d ago').waitFor()
    const buttons = page.getByRole('group', { name: 'Period' }).getByRole('button')
    expect(await buttons.allInnerTexts()).toEqual([
      'Last hour',
      'Last day',
      'Last 1w',
      'Last month',
      'Last 1y',
    ])
    expect(await page.locator('button[aria-pressed=true]').innerText()).toBe('Last 1y')
    await page.getByRole('button', { name: 'Last month' }).click()
    await page.getByText('30 d ago').waitFor()
    await page.getByRole('button', { name: 'Last 1y' }).click()
    await page.getByText('365 d ago').waitFor()
    expect(page.url()).toBe(`${url}/status?period=1y`)
    for (const [name, ago] of [
      ['12h', '12 h ago'],
      ['5m', '5 min ago'],
    ]) {
      await page.goto(`${url}/status?period=${name}`)
      await page.getByText(ago!).waitFor()
      expect(page.url()).toBe(`${url}/status?period=${name}`)
    }
  })

  it('takes a period that is not there out of the URL, and shows a day', async (context) => {
    const { url } = await tree({}, { sources: [targets] })
    const page = await visit(context, `${url}/status?period=1y`, { expected: /status of 400/ })
    await page.getByText('1 d ago').waitFor()
    expect(await page.locator('button[aria-pressed=true]').innerText()).toBe('Last day')
    expect(page.url()).toBe(`${url}/status`)
  })
})
