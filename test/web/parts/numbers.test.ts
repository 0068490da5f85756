import { describe, expect, it } from 'vitest'
import { metricVariables } from '../../../web/src/ownmetrics.ts'
import { chartOfNumber } from '../../../web/src/process.ts'

const source = (type: string, ...aggregates: string[]) => ({
  name: type,
  type,
  interval_ms: 1000,
  periods: [],
  aggregates,
  params: [],
  routes: [],
})
const number = (key: string) => ({ key, value: 1, rate: null, at: 0 })

describe('what a program records of itself', () => {
  it('is a variable for each stream, its own before those that every program has, with its growth', () => {
    const at = (seconds: number, count: number) =>
      metricVariables(
        [
          {
            name: 'http/server_durations',
            fields: { status: 200 },
            value: { count: 2 * count, sum: 30 * count },
          },
          { name: 'shop/open', fields: {}, value: true },
          { name: 'shop/orders', fields: { item: 'tea', paid: true }, value: count },
          { name: 'shop/orders', fields: {}, value: 7, overflow: true },
        ],
        seconds,
        seconds > 10 ? at(10, 1) : [],
      )
    expect(at(12, 5).map(({ key, value, rate }) => [key, value, rate])).toEqual([
      ['shop/open', 'true', null],
      ['shop/orders{item=tea, paid=true}', 5, 2],
      ['shop/orders{all others}', 7, 0],
      ['http/server_durations{status=200} count', 10, 4],
      ['http/server_durations{status=200} mean', 15, null],
    ])
    expect(metricVariables([{ name: 'a', fields: {}, value: { count: 0, sum: 0 } }], 1)).toMatchObject([
      { key: 'a count', value: 0 },
    ])
  })
})

describe('a number of a sample', () => {
  it('has the chart of its history, where one is kept', () => {
    const process = source('process', 'memory', 'heap', 'event_loop_delay', 'cpu', 'request_bytes')
    const found = (key: string) => {
      const { aggregate, only, unit } = chartOfNumber(process, number(key)) ?? {}
      return [aggregate, only?.[0], unit]
    }
    expect(found('memory.rss')).toEqual(['memory', 'rss', 'bytes'])
    expect(found('memory.heap_used')).toEqual(['heap', 'used', 'bytes'])
    expect(found('event_loop.delay_p99_ms')).toEqual(['event_loop_delay', 'p99_ms', 'milliseconds'])
    expect(found('cpu.user_percent')).toEqual(['cpu', 'user', 'percent'])
    expect(found('requests.sent_rate')).toEqual(['request_bytes', 'sent', 'bytes_per_second'])
    // Not among its aggregates, and in no history.
    expect(found('gc.rate')).toEqual([undefined, undefined, undefined])
    expect(found('uptime_seconds')).toEqual([undefined, undefined, undefined])
    const self = source('self', 'poll_duration')
    expect(chartOfNumber(self, number('pollers.a.b.duration_ms'))).toMatchObject({
      aggregate: 'poll_duration',
      only: ['a.b'],
    })
  })
})
