import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { serve } from '../support/serve.ts'
import { until } from '../support/until.ts'

/** A Node program that publishes variables, built as users get it. */
async function publishing() {
  const door = resolve('dist/expvar/index.js')
  const text = `import { createServer } from 'node:http'
    import { createVars, varsListener } from '${door}'
    const vars = createVars()
    const jobs = vars.int('jobs')
    jobs.set(9007199254740993n)
    setInterval(() => jobs.add(5), 10)
    vars.string('phase').set('say "hi"')
    const server = createServer(varsListener(vars)).listen(0, '127.0.0.1', () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', text])
  onTestFinished(() => void child.kill('SIGKILL'))
  const [port] = await once(child.stdout, 'data')
  return { child, endpoint: `127.0.0.1:${Number(port)}` }
}

describe('treering serve', () => {
  it('polls the variables of a Node program ten times a second, and tells its own', async () => {
    const { endpoint, child } = await publishing()
    const dir = newFolder()
    const [config, map] = [join(dir, 'treering.yaml'), join(dir, 'map.yml')]
    writeFileSync(map, 'memory_bytes: { rss: mb }\n')
    const reader = `type: expvar, endpoint: "${endpoint}", interval: 100ms, timeout: 3s, backoff: 10, map_file: ${map}`
    writeFileSync(
      config,
      `readers:\n  system_info: false\n  counters: false\n  process: false\n  FirstApp: { ${reader} }\n`,
    )
    const { url } = await serve(['--config', config, '--data', join(dir, 'data')])
    const get = async (path: string) => (await fetch(url + path)).text()
    const polled = async () => JSON.parse(await get('/health')).pollers[0]
    await until(async () => (await polled()).polls > 5)
    const newest = await get('/metrics/FirstApp')
    expect(newest).toMatch(/"jobs":90071992547\d{5},/)
    const { texts, rates } = JSON.parse(newest)
    expect([texts.phase, rates.jobs > 0]).toEqual(['say "hi"', true])
    const { data } = JSON.parse(await get('/metrics/FirstApp?period=5m&aggregate=jobs&rate=true&stat=max'))
    expect(data[0].key).toBe('jobs')
    expect(data[0].points[0].rate).toBeGreaterThan(0)
    expect(await polled()).toMatchObject({ name: 'FirstApp', last_error: null, failures: 0 })
    expect(JSON.parse(await get('/debug/vars'))).toMatchObject({
      memstats: { EnableGC: true },
      os: process.platform,
    })
    child.kill('SIGKILL')
    await once(child, 'close')
    // A read that is under way at that moment fails for another reason.
    const refused = `cannot read http://${endpoint}/debug/vars: connection refused`
    await until(async () => (await polled()).last_error === refused, refused)
  })
})
