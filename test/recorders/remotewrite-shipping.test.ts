import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { init } from '../../src/index.ts'
import { openRecorder } from '../../src/recorders/index.ts'
import { SILENT } from '../../src/utils/index.ts'
import { newFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import { gauge, prometheus, receiver, shipment } from './stores.ts'
import { openQueue } from './support.ts'

it('a Prometheus that is killed and comes back has every sample once', async (context) => {
  const store = await prometheus(context)
  const options = { endpoint: store.url }
  const recorder = await openRecorder('prometheus', { type: 'prometheus_remote_write', options }, SILENT)
  const { queue, offer } = await openQueue(recorder, { spool: newFolder(), retryMostMs: 200 })
  const began = Date.now() - 100_000
  let sent = 0
  const ship = async (count: number) => {
    for (let i = 0; i < count; i++) {
      offer(shipment(began + sent * 100, [gauge('depth', sent++)]))
      await sleep(5)
    }
  }
  await ship(50)
  const away = store.kill()
  await ship(100)
  await away
  await ship(50)
  await until(() => queue.status().retried > 0)
  await store.start()
  await ship(50)
  await until(() => queue.status().shipped + queue.status().refused + queue.status().dropped >= sent)
  expect(queue.status()).toMatchObject({ shipped: sent, refused: 0, dropped: 0, last_error: null })
  expect(queue.status().retried).toBeGreaterThan(0)
  const [values] = (await store.samples('depth')).values()
  expect(values).toEqual(Array.from({ length: sent }, (_, i) => [began + i * 100, i]))
})

it('a configuration ships the machine and treering itself to Prometheus and to a collector', async (context) => {
  const store = await prometheus(context)
  const collector = await receiver({ status: 200 })
  const text = `
settings: { listen: '127.0.0.1:0', data: ${newFolder()} }
readers:
  counters: false
  me: { type: self, type_name: treering, interval: 250ms }
recorders:
  prometheus: { type: prometheus_remote_write, endpoint: '${store.url}', batch_wait: 100ms, labels: { zone: north } }
  collector: { type: otlp, endpoint: '${collector.url}', compression: gzip, batch_wait: 100ms }
routes:
  all: { readers: [system_info, me], recorders: [prometheus, collector] }
`
  const running = await init(parseConfig(text, 'treering.yml', {}))
  onTestFinished(async () => void (await running.close()))
  const value = async (expression: string) => (await store.query(expression))[0]
  await until(
    async () => (await value('treering_recorder_shipped_total{recorder="prometheus"} > 100')) !== undefined,
  )
  const memory = await value('system_memory_total_bytes')
  const sample = (await (await fetch(`${running.url}/metrics/system_info`)).json()) as {
    memory: { total: number }
  }
  expect(memory).toMatchObject({ value: sample.memory.total, metric: { job: 'system_info', zone: 'north' } })
  expect(await value('treering_polls_total{source="me"}')).toMatchObject({ metric: { job: 'treering' } })
  expect((await value('treering_resident_memory_bytes'))!.value).toBeGreaterThan(10e6)
  await until(() => collector.received.length > 1)
  expect(collector.received[0]!.headers).toMatchObject({ 'content-encoding': 'gzip' })
  const me = (await (await fetch(`${running.url}/metrics/me`)).json()) as {
    recorders: Record<string, object>
  }
  expect(Object.keys(me.recorders)).toEqual(['prometheus', 'collector'])
  const scrape = await fetch(`${running.url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } })
  const series = (await scrape.text()).split('\n').flatMap((line) => /^([^#\s].*) \S+$/.exec(line)?.[1] ?? [])
  expect(new Set(series).size).toBe(series.length)
  expect(series).toContain('treering_recorder_shipped_total{recorder="collector"}')
})
