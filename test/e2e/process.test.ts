import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { serve } from '../support/serve.ts'
import { until } from '../support/until.ts'

interface Status {
  instance_id: string
  task_num: number
  last_flush: number | null
  next_flush: number
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

describe('a program whose file changes', () => {
  const setUp = async () => {
    const dir = newFolder()
    const file = join(dir, 'treering.yaml')
    const write = (process: string) =>
      writeFileSync(
        file,
        `readers: { system_info: false, counters: false, process: { enabled: true, ${process} } }
recorders: { out: { type: file, path: ./out.ndjson, batch_wait: 50ms } }
routes: { all: { readers: [process], recorders: [out] } }
`,
      )
    write('flush_interval: 60s')
    // The folder of task numbers where none is named lies in the temporary one.
    const start = () => serve(['--config', file, '--data', newFolder()], { TMPDIR: dir })
    const program = await start()
    const status = async (url = program.url) =>
      (await (await fetch(`${url}/process/status`)).json()) as Status
    await until(async () => (await status()).last_flush !== null)
    return { ...program, write, status, start }
  }

  it('flushes by the interval that stands there, from the next flush on, under the number it has', async () => {
    const { write, status } = await setUp()
    const before = await status()
    // A flush ends a while after it began.
    expect(Math.abs(before.next_flush - before.last_flush! - 60)).toBeLessThan(5)
    write('flush_interval: 10s')
    await until(async () => (await status()).next_flush < before.next_flush - 20)
    const next = await status()
    expect(Math.abs(next.next_flush - before.last_flush! - 10)).toBeLessThan(5)
    await until(async () => (await status()).last_flush !== before.last_flush)
    const after = await status()
    expect(after.last_flush).toBeGreaterThanOrEqual(next.next_flush - 0.2)
    expect([after.instance_id, after.task_num]).toEqual([before.instance_id, 0])

    // Another interval of its reader: another task, which has the same number again.
    write('flush_interval: 10s, interval: 5s')
    await until(async () => (await status()).instance_id !== before.instance_id)
    await until(async () => (await status()).last_flush !== null)
    expect((await status()).task_num).toBe(0)
  }, 60_000)

  it('has a number of its own beside another program of the same user, where no folder is named', async () => {
    const { status, start } = await setUp()
    const other = await start()
    await until(async () => (await status(other.url)).last_flush !== null)
    expect([(await status()).task_num, (await status(other.url)).task_num]).toEqual([0, 1])
  }, 60_000)
})
