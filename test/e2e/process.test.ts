import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { serve } from '../support/serve.ts'

interface Status {
  task_num: number
  last_flush: number | null
}

const until = async (holds: () => boolean | Promise<boolean>) => {
  const end = performance.now() + 20_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it never held')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('three programs of one job', () => {
  it('take the numbers 0, 1 and 2, ship them with what they flush, and one that is killed is replaced', async () => {
    const dir = newFolder()
    const start = async (name: string) => {
      const file = join(dir, `${name}.yaml`)
      const target = '{ service_name: shop, job_name: web, data_center: eu, host_name: a1 }'
      writeFileSync(
        file,
        `readers:
  process: { enabled: true, flush_interval: 10s, target: ${target}, task_numbers: { type: file, dir: ${dir}/tasks } }
recorders: { out: { type: file, path: ./${name}.ndjson, batch_wait: 100ms } }
routes: { all: { readers: [process], recorders: [out] } }
`,
      )
      const program = await serve(['--config', file, '--data', join(dir, name)])
      const status = async () => (await (await fetch(`${program.url}/process/status`)).json()) as Status
      await until(async () => (await status()).last_flush !== null)
      return { ...program, number: (await status()).task_num, out: join(dir, `${name}.ndjson`) }
    }
    const first = await start('first')
    const second = await start('second')
    const third = await start('third')
    expect([first, second, third].map(({ number }) => number)).toEqual([0, 1, 2])

    await until(() => existsSync(third.out) && readFileSync(third.out, 'utf8').includes('presence_up'))
    const documents = readFileSync(third.out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(documents).toContainEqual(
      expect.objectContaining({
        reader: 'process',
        metric: 'presence_up',
        task_num: '2',
        service_name: 'shop',
      }),
    )

    second.process.kill('SIGKILL')
    await second.ended
    expect((await start('fourth')).number).toBe(1)

    // The programs record their own requests, and their history is like any other.
    const rows = await fetch(`${first.url}/metrics/process?period=5m&aggregate=request_rate`)
    expect(await rows.json()).toMatchObject({ total: expect.any(Number) })
    const text = await (
      await fetch(`${first.url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
    ).text()
    expect(text).toContain('name="/process/status"')
  }, 60_000)
})
