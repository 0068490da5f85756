import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { folder, started } from '../counters/support.ts'
import { serve } from '../support/serve.ts'
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
    while ((await shown())?.counters[0]?.value !== 1000) {
      // A beat comes each second; the tenth of a second is the way from there to here.
      expect(performance.now() - at).toBeLessThan(1100)
      await sleep(20)
    }
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
    while ((await shown())?.alive !== false) await sleep(50)
    expect((await shown())?.counters).toMatchObject([{ label: 'requests', value: 1000 }])
  })
})
