import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folder, started } from '../counters/support.ts'
import { serve } from '../support/serve.ts'
import { until } from '../support/until.ts'
import { buildGo, buildJava, type Program, removePrograms } from './programs.ts'

const programs = { Go: buildGo(), Java: buildJava() }
const present = Object.entries(programs).filter((pair): pair is [string, Program] => pair[1] !== undefined)

afterAll(removePrograms)

interface Sample {
  files: Record<string, { alive: boolean; counters: { label: string; value: number }[] }>
}

describe.each(present)('counters of a %s process', (_, [command, ...args]) => {
  test('are served within a second of its start, with history, until and after it is killed', async () => {
    const dir = join(folder(), 'counters')
    mkdirSync(dir)
    const { url } = await serve(['--data', folder()], { MCOUNTERS_DIR: dir })
    const json = async <T>(path: string) => (await fetch(url + path)).json() as Promise<T>
    expect((await fetch(`${url}/metrics/counters`)).status).toBe(204)

    const theirs = await started(command, [...args, 'serve', join(dir, 'app.dat'), '500', 'requests', '1000'])
    const at = performance.now()
    const shown = async () => {
      const answer = await fetch(`${url}/metrics/counters`)
      if (answer.status !== 200) return undefined
      return ((await answer.json()) as Sample).files['app.dat']
    }
    await until(async () => (await shown())?.counters[0]?.value === 1000)
    // A beat comes each second; the rest is the way from there to here, on a machine that may be busy.
    expect(performance.now() - at).toBeLessThan(2000)
    expect(await json('/counters/app.dat/counter/requests')).toBe(1000)
    expect(await json('/metrics/counters?period=1h&aggregate=value&label=req*')).toMatchObject({
      total: 1,
      data: [{ file: 'app.dat', label: 'requests', alive: true, points: [{ value: 1000 }] }],
    })
    const text = await (
      await fetch(`${url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
    ).text()
    expect(text).toContain('mcounter_value{file="app.dat",label="requests"} 1000')

    theirs.kill('SIGKILL')
    await until(async () => (await shown())?.alive === false)
    expect((await shown())?.counters).toMatchObject([{ label: 'requests', value: 1000 }])
  })
})
