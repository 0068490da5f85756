import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createCounters } from '../../src/counters/index.ts'
import { newFolder } from '../support/folder.ts'
import { serve } from '../support/serve.ts'
import { listen } from '../support/tree.ts'
import { until } from '../support/until.ts'

describe('a configuration that changes while it is served', () => {
  it('is taken up without a restart: readers come, change and go, and what stays is not disturbed', async () => {
    const dir = newFolder()
    const file = join(dir, 'treering.yaml')
    using writer = createCounters(join(newFolder(), 'app.dat'), { capacity: 2 })
    writer.addCounter('requests', 5n)
    writeFileSync(file, 'readers: { counters: false }\n')
    const { url, said, process, ended } = await serve(['--config', file, '--data', dir])
    const heard = listen(`${url}/metrics/system_info`)
    await heard.count(2)
    const rows = async () =>
      (await (await fetch(`${url}/metrics?period=5m&aggregate=memory_usage`)).json()) as { total: number }
    const status = async (path: string) => (await fetch(url + path)).status

    // As an editor does it: another file takes its place.
    writeFileSync(
      `${file}.new`,
      `readers: { counters: false, shop: { type: counters, file: ${writer.path} } }\n`,
    )
    renameSync(`${file}.new`, file)
    await until(async () => (await status('/metrics/shop')) === 200)
    expect(heard.socket.readyState).toBe(heard.socket.OPEN)

    // In place, and another source under a name that was there.
    writeFileSync(
      file,
      'settings: { log_level: debug }\nreaders: { counters: false, system_info: { sensors: false } }\n',
    )
    await until(async () => (await status('/metrics/shop')) === 404)
    await until(async () => {
      const answer = await fetch(`${url}/metrics/system_info`)
      return answer.status === 200 && ((await answer.json()) as { sensors: unknown }).sensors === null
    })
    expect((await rows()).total).toBeGreaterThanOrEqual(1)

    writeFileSync(file, 'readers: { system_info: { cpus: true } }\n')
    await until(() => said.err.includes('unknown key cpus; allowed are'))
    expect(await status('/metrics/system_info')).toBe(200)

    // Without the one reader that cannot start.
    mkdirSync(join(dir, 'metrics', 'second.json'), { recursive: true })
    writeFileSync(
      file,
      'settings: { log_level: debug }\nreaders: { first: { type: self }, second: { type: self } }\n',
    )
    await until(() => said.err.includes('configuration taken up in part'))
    expect(said.err).toMatch(/second[^\n]*all else is taken up/)
    expect([await status('/metrics/first'), await status('/metrics/second')]).toEqual([200, 404])

    writeFileSync(file, 'settings: { max_sockets: 7, token: a-token-that-is-long }\n')
    await until(async () => (await status('/metrics')) === 401)
    expect(said.err).toContain('"settings":["max_sockets"]')

    // As an editor leaves it for a moment, and cut.
    writeFileSync(file, '')
    await until(() => said.err.includes('it is empty'))
    writeFileSync(file, 'readers: { counters: false }\n')
    await until(() => said.err.includes('restart to run without a token'))
    expect(await status('/metrics')).toBe(401)
    process.kill('SIGHUP')
    process.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0 })
  })
})
