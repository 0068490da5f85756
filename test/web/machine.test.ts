import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tree } from '../support/tree.ts'
import { visit } from './browser.ts'

const readers = { system_info: { type: 'system_info' } } as const
/** The original's ten. */
const TEN = [
  'cpu_average',
  'memory_usage',
  'memory_usage_percent',
  'disks_read_speed',
  'disks_write_speed',
  'disks_iops',
  'disk_usage',
  'network_speed',
  'network_transfer',
  'sensor_temperature',
]

describe('the overview', () => {
  it('shows the machine in numbers and lines, and what is wrong before all else', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, url)
    await page.getByRole('link', { name: /^CPU .*%/ }).waitFor()
    await page.getByRole('link', { name: /^Memory .*[MG]iB of .*[MG]iB/ }).waitFor()
    const first = page.locator('main > section').first()
    await expect.poll(() => first.getAttribute('aria-label')).toBe('Problems')
    await expect.poll(() => first.innerText()).toMatch(/Nothing is wrong|problem/)
    await page.getByRole('rowheader', { name: 'system_info' }).waitFor()
    await page.locator('.spark path.stroke').first().waitFor({ state: 'attached' })
    await page.getByRole('link', { name: /^CPU .*%/ }).click()
    expect(page.url()).toBe(`${url}/?view=machine&period=5m&open=cpu_average`)
  })

  it('says of a source that fails what is wrong with it', async (context) => {
    const broken = {
      name: 'broken',
      collect: () => Promise.reject(new Error('the disk is on fire')),
      aggregate: () => ({ total: 0, data: [] }),
    }
    const { url } = await tree({}, { sources: [broken] })
    const page = await visit(context, url)
    await page
      .getByRole('link', { name: 'broken cannot be read since treering started: the disk is on fire' })
      .waitFor()
  })
})

describe('the machine', () => {
  it('has a chart for each of the ten aggregates that has something to show', async (context) => {
    const { url, pollers } = await tree({ readers })
    const page = await visit(context, `${url}/?view=machine`)
    await page.locator('.chart canvas').first().waitFor()
    const { sensors, disks_io } = pollers[0]!.latest as { sensors: object[]; disks_io: object }
    const absent = (name: string) =>
      (name === 'sensor_temperature' && sensors.length === 0) ||
      (name.startsWith('disks_') && Object.keys(disks_io).length === 0)
    for (const name of TEN.filter((each) => !absent(each))) {
      // What is out of sight is not drawn.
      await page.locator(`#chart-${name}`).scrollIntoViewIfNeeded()
      await page.locator(`#chart-${name} canvas`).waitFor()
    }
  })

  it('switches periods by keys and buttons, and keeps them in the URL', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=machine`)
    await page.locator('.chart canvas').first().waitFor()
    for (const [key, period] of [
      ['2', '15m'],
      ['5', '1mo'],
      ['3', '1h'],
    ]) {
      await page.keyboard.press(key!)
      expect(new URL(page.url()).searchParams.get('period')).toBe(period)
      expect(
        await page.getByRole('button', { name: period!, exact: true }).getAttribute('aria-pressed'),
      ).toBe('true')
    }
    await page.getByRole('button', { name: '1d', exact: true }).click()
    await page.goBack()
    await page.locator('button[aria-pressed=true]:text-is("1h")').waitFor()
    await page.goto(url)
    await page.locator('button[aria-pressed=true]:text-is("1d")').waitFor()
  })

  it('moves by itself, second after second', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=machine`)
    const chart = page.getByRole('region', { name: 'CPU', exact: true })
    await chart.getByRole('button', { name: 'Table' }).click()
    const rows = chart.locator('tbody tr')
    await rows.first().waitFor()
    const before = await rows.first().innerText()
    await expect.poll(() => rows.first().innerText()).not.toBe(before)
  })

  it('is zoomed into by a drag, for all charts and in the URL, and left by Escape', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=machine&period=15m`)
    await page.locator('#chart-cpu_average .legend b', { hasText: '%' }).waitFor()
    const plot = page.locator('#chart-cpu_average .u-over')
    await expect.poll(() => plot.boundingBox()).not.toBeNull()
    const { x, y, width, height } = (await plot.boundingBox())!
    await page.mouse.move(x + width * 0.5, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.9, y + height / 2, { steps: 5 })
    await page.mouse.up()
    await expect.poll(() => new URL(page.url()).searchParams.has('from')).toBe(true)
    const { searchParams } = new URL(page.url())
    const span = Number(searchParams.get('to')) - Number(searchParams.get('from'))
    expect(span).toBeGreaterThan(300)
    expect(span).toBeLessThan(420)
    await page.reload()
    await page.locator('.periods .zoom').waitFor()
    await page.locator('#chart-cpu_average .u-over').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => new URL(page.url()).searchParams.has('from')).toBe(false)
  })

  it('has one cursor for all charts, by mouse and by keys', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=machine`)
    const when = (name: string) => page.locator(`#chart-${name} .when`)
    await page.locator('#chart-load_average canvas').waitFor()
    await expect.poll(() => when('cpu_average').innerText()).toBe('now')
    const slider = page.locator('#chart-cpu_average [role=slider]')
    await expect.poll(async () => Number(await slider.getAttribute('aria-valuemax'))).toBeGreaterThan(0)
    await slider.focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => when('cpu_average').innerText()).toMatch(/^\d\d:\d\d:\d\d/)
    await expect.poll(() => when('load_average').innerText()).toMatch(/^\d\d:\d\d:\d\d/)
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/\d\d:\d\d/)
    await page.keyboard.press('Escape')
    await expect.poll(() => when('load_average').innerText()).toBe('now')
  })

  it('has a legend whose keys stay where they are while their values change', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=machine`, { viewport: { width: 390, height: 844 } })
    const keys = page.locator('#chart-cpu_modes .legend .key')
    await keys.first().waitFor()
    const values = keys.locator('b')
    const widths = await values.evaluateAll((all) => all.map((each) => each.getBoundingClientRect().width))
    expect(new Set(widths).size, `${await values.allInnerTexts()}`).toBe(1)
    const before = await values.allInnerTexts()
    const places = await keys.evaluateAll((all) =>
      all.map((key) => JSON.stringify(key.getBoundingClientRect())),
    )
    await expect.poll(() => values.allInnerTexts()).not.toEqual(before)
    expect(
      await keys.evaluateAll((all) => all.map((key) => JSON.stringify(key.getBoundingClientRect()))),
    ).toEqual(places)
  })

  it('hides a line by its legend, shows the numbers behind, and gives them as CSV and PNG', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=machine`)
    const chart = page.getByRole('region', { name: 'Load', exact: true })
    const key = chart.getByRole('button', { name: /^5 min/ })
    await key.waitFor()
    await expect.poll(() => key.getAttribute('aria-pressed')).toBe('true')
    await key.click()
    await expect.poll(() => key.getAttribute('aria-pressed')).toBe('false')
    await chart.getByRole('button', { name: 'Table' }).click()
    await expect.poll(() => chart.locator('thead').innerText()).toMatch(/Time\s+1 min\s+5 min\s+15 min/)
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      chart.getByRole('button', { name: 'CSV' }).click(),
    ])
    expect(csv.suggestedFilename()).toBe('system_info-load_average-5m.csv')
    const lines = readFileSync(await csv.path(), 'utf8').split('\r\n')
    expect(lines[0]).toBe(
      'time,load1,load1 min,load1 max,load5,load5 min,load5 max,load15,load15 min,load15 max',
    )
    expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z(,[\d.]+){9}$/)
    const [png] = await Promise.all([
      page.waitForEvent('download'),
      chart.getByRole('button', { name: 'PNG' }).click(),
    ])
    expect(
      readFileSync(await png.path())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG')
  })
})

describe('a pinned chart of the machine', () => {
  it('is on the overview under the names of its own view', async (context) => {
    const { url } = await tree({ readers })
    const page = await visit(context, `${url}/?view=machine`)
    await page.getByRole('button', { name: 'Pin Load', exact: true }).click()
    await page.getByRole('link', { name: /^Overview/ }).click()
    const pinned = page.getByRole('region', { name: 'Pinned' })
    await pinned.getByRole('button', { name: /^15 min/ }).waitFor()
  })
})

describe('treering itself', () => {
  it('is shown by its requests, its memory and its event loop', async (context) => {
    const { url } = await tree({ readers: { process: { type: 'process' } } })
    const page = await visit(context, `${url}/?view=process`)
    const requests = page.getByRole('region', { name: 'Requests', exact: true })
    await requests.locator('.legend b', { hasText: '/s' }).waitFor()
    await page
      .getByRole('region', { name: 'Heap' })
      .locator('.legend b', { hasText: 'MiB' })
      .first()
      .waitFor()
    const fails = page.getByRole('region', { name: 'Requests that fail' })
    await fails.locator('.legend b', { hasText: '%' }).waitFor()
  })

  it('has charts of its own numbers', async (context) => {
    const { url } = await tree({ readers: { me: { type: 'self' } } })
    const page = await visit(context, `${url}/?view=process`)
    const memory = page.getByRole('region', { name: 'Memory', exact: true })
    await memory.locator('.legend b', { hasText: 'MiB' }).first().waitFor()
    await page.getByRole('region', { name: 'Reads take' }).waitFor()
    expect(await page.getByRole('region', { name: 'Documents shipped' }).count()).toBe(0)
  })
})
