import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { depthSource } from '../support/depth.ts'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

/** Has each canvas keep the texts that stand centred below its axis since it was last cleared. */
const KEEP_TEXTS = `
  const { clearRect, fillText } = CanvasRenderingContext2D.prototype
  CanvasRenderingContext2D.prototype.clearRect = function (...area) {
    this.canvas.texts = []
    clearRect.apply(this, area)
  }
  CanvasRenderingContext2D.prototype.fillText = function (text, x, ...more) {
    if (this.textAlign === 'center') this.canvas.texts.push([text, x, this.measureText(text).width])
    fillText.call(this, text, x, ...more)
  }`

/** The times below the first chart, from left to right: the text, its middle and its width. */
async function timesOf(page: Page): Promise<[text: string, x: number, width: number][]> {
  const canvas = page.locator('.chart canvas').first()
  await expect.poll(() => canvas.evaluate((each) => 'texts' in each)).toBe(true)
  return canvas.evaluate((each) => (each as unknown as { texts: [string, number, number][] }).texts)
}

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400]
const SPANS = [
  1,
  2,
  3,
  5,
  10,
  20,
  45,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  8 * MINUTE,
  15 * MINUTE,
  40 * MINUTE,
].concat(
  [
    HOUR,
    2 * HOUR,
    5 * HOUR,
    9 * HOUR,
    DAY,
    2 * DAY,
    3 * DAY,
    5 * DAY,
    12 * DAY,
    30 * DAY,
    75 * DAY,
    200 * DAY,
  ],
  [365 * DAY, 900 * DAY, 3700 * DAY],
)

describe('the axis of time', () => {
  for (const width of [390, 1440]) {
    it(`has at least two times and none twice in a row in a window of ${width}, whatever it spans`, async (context) => {
      const { url } = await tree({}, { sources: [depthSource(() => 1, 'queue')] })
      const page = await visit(context, url, { viewport: { width, height: 844 } })
      await page.addInitScript(KEEP_TEXTS)
      for (const span of SPANS) {
        const to = Math.floor(Date.now() / 1000) - 7
        await page.goto(`${url}/?view=apps&open=queue/depth&from=${to - span}&to=${to}`)
        const times = await timesOf(page)
        expect(times.length, `${span} s`).toBeGreaterThanOrEqual(2)
        for (const [i, [text, x, wide]] of times.slice(1).entries()) {
          const [before, at, half] = times[i]!
          expect(text, `${span} s`).not.toBe(before)
          expect(x - at, `${span} s: ${before} and ${text}`).toBeGreaterThan((wide + half) / 2)
        }
      }
    }, 60_000)
  }

  it('of five minutes has two times or three on a telephone', async (context) => {
    const { url } = await tree({}, { sources: [depthSource(() => 1, 'queue')] })
    const page = await visit(context, url, { viewport: { width: 390, height: 844 } })
    await page.addInitScript(KEEP_TEXTS)
    await page.goto(`${url}/?view=apps&open=queue/depth`)
    expect((await timesOf(page)).length).toBeGreaterThanOrEqual(2)
  })
})
