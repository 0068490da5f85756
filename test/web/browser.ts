/** A real browser looking at a real treering; every test's end also asks that its console was silent and no other host was asked. */
import { existsSync } from 'node:fs'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, expect, onTestFinished, type TestContext } from 'vitest'
import { need } from '../support/need.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
let browser: Promise<Browser> | undefined

afterAll(async () => {
  await (await browser)?.close()
  browser = undefined
})

/** How a page is looked at. */
export interface Visit extends BrowserContextOptions {
  /** Console errors that a test brings about itself. */
  readonly expected?: RegExp
}

/** Opens a page in a fresh profile. */
export async function visit(context: TestContext, url: string, options: Visit = {}): Promise<Page> {
  need(context, existsSync(CHROMIUM), 'chromium')
  browser ??= chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  const { expected, ...more } = options
  const profile = await (await browser).newContext({ viewport: { width: 1280, height: 800 }, ...more })
  const page = await profile.newPage()
  const faults: string[] = []
  const { origin } = new URL(url)
  page.on('pageerror', ({ message }) => faults.push(message))
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    if (expected?.test(message.text()) !== true) faults.push(message.text())
  })
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && new URL(request.url()).origin !== origin)
      faults.push(`asked ${request.url()}`)
  })
  page.setDefaultTimeout(15_000)
  onTestFinished(async () => {
    await profile.close()
    expect(faults).toEqual([])
  })
  await page.goto(url)
  return page
}

/** Serious faults of accessibility, by rule and place. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] })",
  )) as axe.AxeResults
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}
