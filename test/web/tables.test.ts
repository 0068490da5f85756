import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCounters } from '../../src/counters/index.ts'
import { MetricsError } from '../../src/utils/index.ts'
import { depthSource } from '../support/depth.ts'
import { newFolder } from '../support/folder.ts'
import { type TestTarget, targetsSource } from '../support/targets.ts'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

const SCRIPT = '<script>document.title = "broken"</script>'
const ARABIC = 'طلبات <b>'

/** A counters file of this process with these labels, in a folder of its own. */
function countersFile(labels: readonly string[]) {
  const directory = newFolder()
  const writer = createCounters(join(directory, 'shop.dat'), { capacity: labels.length })
  const counters = labels.map((label) => writer.addCounter(label))
  onTestFinished(() => writer.close())
  return { readers: { counters: { type: 'counters' as const, directory } }, counters }
}

describe('counters', () => {
  it('are shown with values and rates, and each opens its charts', async (context) => {
    const { readers, counters } = countersFile(['requests', 'errors'])
    const timer = setInterval(() => counters[0]!.add(10n), 100)
    onTestFinished(() => clearInterval(timer))
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=counters`)
    const row = page.getByRole('row', { name: /requests/ })
    await expect.poll(() => row.innerText()).toMatch(/\d+\s+(9\d|1\d\d)\u202f\/s/)
    await expect
      .poll(() => page.getByRole('row', { name: /errors/ }).innerText())
      .toMatch(/shop\.dat\s+0\s+0$/)
    await row.getByRole('button', { name: 'requests', exact: true }).click()
    const drawer = page.getByRole('complementary', { name: 'requests' })
    await drawer.getByRole('region', { name: 'requests, a second' }).locator('canvas').waitFor()
    await expect.poll(() => drawer.innerText()).toContain(`shop.dat · process ${process.pid} · since `)
    expect(new URL(page.url()).searchParams.get('open')).toBe('counters/shop.dat/requests')
    await page.reload()
    await drawer.waitFor()
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
  })

  it('keep a label that looks like a page or runs from right to left as the text it is', async (context) => {
    const { readers } = countersFile([SCRIPT, ARABIC])
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=counters`)
    await page.getByRole('button', { name: SCRIPT, exact: true }).click()
    await page.getByRole('heading', { name: SCRIPT, exact: true }).first().waitFor()
    await page.getByRole('region', { name: SCRIPT, exact: true }).waitFor()
    expect(await page.title()).not.toBe('broken')
    const arabic = page.getByRole('button', { name: ARABIC, exact: true })
    expect(await arabic.evaluate((button) => button.matches(':dir(rtl)'))).toBe(true)
    expect(await page.locator('main b b, main script').count()).toBe(0)
  })

  it('whose labels are globs, empty, or of every object show their own values alone', async (context) => {
    const labels = ['req*', 'requests', '', '__proto__']
    const { readers, counters } = countersFile(labels)
    counters.forEach((counter, i) => void counter.add(BigInt(i + 1) * 11n))
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=counters`)
    for (const [i, label] of labels.entries()) {
      const name = label || '(empty)'
      await page.getByRole('button', { name, exact: true }).click()
      const chart = page.getByRole('region', { name, exact: true })
      await chart.locator('canvas').waitFor()
      await expect
        .poll(() => chart.locator('.legend .keys').innerText())
        .toMatch(new RegExp(`^${(i + 1) * 11}`))
      expect(await chart.locator('.legend .key').count()).toBe(0)
    }
  })

  it('are filtered by a text and sorted by a column, in the URL', async (context) => {
    const { readers, counters } = countersFile(['bytes sent', 'requests', 'requests failed'])
    counters.forEach((counter, i) => void counter.add(BigInt(i)))
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=counters`)
    await page.getByRole('row', { name: /bytes sent/ }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('FAIL req')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
    await page.getByRole('searchbox').fill('')
    await page.getByRole('button', { name: 'Value' }).click()
    await expect.poll(() => page.locator('tbody tr').first().innerText()).toContain('requests failed')
    expect(new URL(page.url()).searchParams.get('sort')).toBe('-value')
    await page.goto(`${url}/?view=counters&filter=nothing+such`)
    await page.getByText('No label or file holds “nothing such”.').waitFor()
  })

  it('stay pinned on the overview of this browser', async (context) => {
    const { readers } = countersFile(['requests'])
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=counters`)
    await page.getByRole('button', { name: 'Pin requests' }).click()
    await page.goto(url)
    await page
      .getByRole('region', { name: 'Pinned' })
      .getByRole('region', { name: 'requests, a second' })
      .waitFor()
    await page.getByRole('button', { name: 'Pin requests, a second' }).click()
    await page.getByRole('region', { name: 'Pinned' }).waitFor({ state: 'detached' })
  })

  it('say what to do while there are none', async (context) => {
    const { url } = await tree({ readers: { counters: { type: 'counters', directory: newFolder() } } })
    const page = await visit(context, `${url}/?view=counters`)
    await page.getByRole('heading', { name: 'No counters files' }).waitFor()
  })

  it('of two thousand are there as a few rows, wherever one scrolls', async (context) => {
    const { readers } = countersFile(Array.from({ length: 2000 }, (_, i) => `counter ${i}`))
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=counters`)
    await page.getByRole('row', { name: 'counter 0' }).first().waitFor()
    await expect.poll(() => page.locator('tbody tr').count()).toBeLessThan(80)
    await page.evaluate('scrollTo(0, document.body.scrollHeight)')
    await page.getByRole('button', { name: 'counter 1999', exact: true }).waitFor()
    await expect.poll(() => page.locator('tbody tr').count()).toBeLessThan(80)
    await expect.poll(() => page.getByRole('table').getAttribute('aria-rowcount')).toBe('2001')
  })
})

describe('targets', () => {
  const up = (more: Partial<TestTarget> = {}): TestTarget => ({ status: 'healthy', latency: 12, ...more })

  it('stand worst first, and one that goes down turns its row', async (context) => {
    const states: Record<string, TestTarget> = { api: up(), db: up(), home: up({ certificate_days: 3.5 }) }
    const { url } = await tree({}, { sources: [targetsSource(() => states)] })
    const page = await visit(context, `${url}/?view=uptime`)
    const rows = page.locator('table.targets tbody tr')
    await expect.poll(() => rows.allInnerTexts().then((texts) => texts.length)).toBe(3)
    await expect.poll(() => rows.first().innerText()).toMatch(/Up\s+api/)
    await expect.poll(() => page.getByRole('row', { name: /home/ }).innerText()).toMatch(/3\u202fd|3 d/)
    states.home = { status: 'unhealthy', latency: 0, reason: 'cannot connect: connection refused' }
    await expect.poll(() => rows.first().innerText()).toMatch(/Down\s+home/)
    await expect.poll(() => rows.first().innerText()).toContain('connection refused')
    await page.getByRole('heading', { name: /1 down/ }).waitFor()
    await page.getByRole('link', { name: /Uptime 1 problem/ }).waitFor()
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('link', { name: /home is down: cannot connect: connection refused/ }).waitFor()
    states.home = up()
    await page.getByText('Nothing is wrong.').waitFor()
  })

  it('are in groups, are found by letters in order, and open with their latency', async (context) => {
    const states = {
      alpha: up({ group: 'web' }),
      beta: up({ group: 'web' }),
      gamma: up({ group: 'home', display_name: SCRIPT }),
    }
    const { url } = await tree({}, { sources: [targetsSource(() => states)] })
    const page = await visit(context, `${url}/?view=uptime`)
    await page.locator('tr.group').first().waitFor()
    await expect.poll(() => page.locator('tr.group').allInnerTexts()).toEqual(['home', 'web'])
    await page.getByRole('searchbox').fill('apa')
    await expect.poll(() => page.locator('tbody tr:not(.group)').count()).toBe(1)
    await page.getByRole('button', { name: 'alpha' }).click()
    const drawer = page.getByRole('complementary', { name: 'alpha' })
    await drawer.getByRole('region', { name: 'alpha: latency' }).locator('canvas').waitFor()
    await expect.poll(() => drawer.innerText()).toMatch(/Up, 5m\s+100/)
    await page.goto(`${url}/?view=uptime&filter=gamma`)
    await page.getByRole('button', { name: SCRIPT }).waitFor()
  })

  it('of a thousand are there as a few rows, wherever one scrolls', async (context) => {
    const states = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`target-${String(i).padStart(4, '0')}`, up()]),
    )
    const { url } = await tree({}, { sources: [targetsSource(() => states)] })
    const page = await visit(context, `${url}/?view=uptime`)
    await page.getByRole('button', { name: 'target-0000' }).waitFor()
    await expect.poll(() => page.locator('tbody tr').count()).toBeLessThan(70)
    await page.evaluate('scrollTo(0, document.body.scrollHeight)')
    await page.getByRole('button', { name: 'target-0999' }).waitFor()
    await page.getByRole('searchbox').fill('target-0500')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  })

  it('say what to do while there are none', async (context) => {
    const { url } = await tree({}, { sources: [targetsSource(() => ({}))] })
    const page = await visit(context, `${url}/?view=uptime`)
    await page.getByRole('heading', { name: 'No targets yet' }).waitFor()
  })
})

describe('an app', () => {
  it('is shown by its variables, with their growth, and each has its charts', async (context) => {
    const app = await tree({}, { sources: [depthSource(() => 1)] })
    const readers = { my_app: { type: 'expvar' as const, endpoint: app.url } }
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=apps&filter=memstats.heap`)
    const row = page.getByRole('row', { name: /memstats\.HeapAlloc/ })
    await expect.poll(() => row.innerText()).toMatch(/MiB/)
    await row.getByRole('button', { name: 'memstats.HeapAlloc', exact: true }).click()
    const drawer = page.getByRole('complementary', { name: 'memstats.HeapAlloc' })
    await drawer.getByRole('region', { name: 'memstats.HeapAlloc', exact: true }).locator('canvas').waitFor()
    await drawer.locator('.legend b', { hasText: 'MiB' }).first().waitFor()
    await app.close()
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('link', { name: /my_app cannot be read/ }).waitFor()
  })

  it('that is down since before this start still has its history', async (context) => {
    const app = await tree({}, { sources: [depthSource(() => 1)] })
    const readers = { my_app: { type: 'expvar' as const, endpoint: app.url } }
    const dataDir = newFolder()
    const before = await tree({ readers, dataDir })
    await expect.poll(async () => (await fetch(`${before.url}/metrics/my_app`)).status).toBe(200)
    await before.close()
    await app.close()
    const { url } = await tree({ readers, dataDir })
    const page = await visit(context, `${url}/?view=apps&filter=memstats.heapalloc`)
    await page.getByText('It was not read since treering started.').waitFor()
    expect(await page.getByText(/cannot read/).count()).toBe(0)
    await page.getByRole('button', { name: 'memstats.HeapAlloc', exact: true }).click()
    const chart = page.getByRole('region', { name: 'memstats.HeapAlloc', exact: true })
    await chart.locator('canvas').waitFor()
  })
})

describe('an embedding program’s own source', () => {
  it('that cannot answer says why in its chart', async (context) => {
    const source = depthSource(() => 1, 'queue')
    source.aggregate = () => {
      throw new MetricsError('invalid', 'an aggregate is missing: allowed are depth')
    }
    const { url } = await tree({}, { sources: [source] })
    const page = await visit(context, `${url}/?view=apps&open=queue/depth`)
    const chart = page.getByRole('region', { name: 'depth', exact: true })
    await chart.getByText('an aggregate is missing: allowed are depth').waitFor()
    expect(await chart.getByText('Loading…').count()).toBe(0)
  })

  it('is an app: its numbers are rows, and each has its chart', async (context) => {
    let depth = 0
    const { url } = await tree({}, { sources: [depthSource(() => depth++, 'queue')] })
    const page = await visit(context, `${url}/?view=apps`)
    const row = page.getByRole('row', { name: /depth/ })
    await expect.poll(() => row.innerText()).toMatch(/\d+\s+1\u202f\/s/)
    await row.getByRole('button', { name: 'depth', exact: true }).click()
    await page.getByRole('region', { name: 'depth', exact: true }).locator('canvas').waitFor()
  })
})
