import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { freePort } from '../support/freeport.ts'
import { needProgram } from '../support/need.ts'
import { serve } from '../support/serve.ts'
import { until } from '../support/until.ts'

/** The answer in a format, once the facts of the host are in it: they come after the first reading. */
async function scraped(url: string, accept: string) {
  return until(async () => {
    const answer = await fetch(`${url}/metrics`, { headers: { accept } })
    const text = await answer.text()
    return /^# TYPE system_host/m.test(text) && { text, type: answer.headers.get('content-type') }
  }, 'the facts of the host')
}

describe('the Prometheus text of this machine', () => {
  it.each(['text/plain;version=0.0.4', 'application/openmetrics-text;version=1.0.0'])(
    'as %s has every family once',
    async (accept) => {
      const { url } = await serve(['--data', newFolder()])
      const { text, type } = await scraped(url, accept)
      expect(type).toContain(accept.split(';')[0])
      const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
      expect(new Set(names).size).toBe(names.length)
      expect(names.length).toBeGreaterThan(20)
    },
  )

  it('has no fault for promtool', async (context) => {
    needProgram(context, 'promtool')
    const { url } = await serve(['--data', newFolder()])
    const { text } = await scraped(url, 'text/plain;version=0.0.4')
    const told = execFileSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    expect(told).toBe('')
  })

  it('is scraped by a real Prometheus, whose values are those of the JSON', async (context) => {
    needProgram(context, 'prometheus')
    const { url } = await serve(['--data', newFolder()], { TREERING_TOKEN: 'scrape-me-if-you-can' })
    const dir = newFolder()
    const scrape = `global: { scrape_interval: 1s }\nscrape_configs:\n  - job_name: tree\n    authorization: { credentials: scrape-me-if-you-can }\n    static_configs: [{ targets: ['${new URL(url).host}'] }]\n`
    writeFileSync(join(dir, 'prometheus.yml'), scrape)
    const port = await freePort()
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${dir}/prometheus.yml`,
        `--storage.tsdb.path=${dir}/tsdb`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    )
    onTestFinished(() => void prometheus.kill('SIGKILL'))
    const value = async (query: string): Promise<number | undefined> => {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`)
        const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }
        return data.result[0] && Number(data.result[0].value[1])
      } catch {
        return undefined
      }
    }
    await until(async () => (await value('up{job="tree"}')) === 1, 'it is scraped')
    const authorized = { headers: { authorization: 'Bearer scrape-me-if-you-can' } }
    const sample = (await (await fetch(`${url}/metrics`, authorized)).json()) as { memory: { total: number } }
    expect(await value('system_memory_total_bytes')).toBe(sample.memory.total)
    const rate = await until(() => value('sum(rate(system_cpu_seconds_total[10s]))'), 'two scrapes')
    expect(rate).toBeGreaterThan(0)
  })
})
