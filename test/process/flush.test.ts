import { expect, it } from 'vitest'
import { streamDocuments, withLabels } from '../../src/flush.ts'
import { createRegistry } from '../../src/process/index.ts'

const TASK = { service_name: 'shop', task_num: '0' }

it('a metric with fields of those names keeps them apart from the task and from the document', () => {
  const registry = createRegistry()
  const tries = registry.counter('shop/tries', { fields: { task_num: 'string', value: 'string' } })
  tries.add(1, { task_num: '7', value: 'yes' })
  tries.add(5, { task_num: '7', value: 'no' })
  const [family] = withLabels(registry.families(), TASK)
  expect(family!.points.map(({ labels }) => labels)).toEqual([
    { ...TASK, task_num_: '7', value: 'yes' },
    { ...TASK, task_num_: '7', value: 'no' },
  ])
  expect(streamDocuments([family!])).toEqual([
    { ...TASK, task_num_: '7', value_: 'yes', metric: 'shop_tries', value: 1 },
    { ...TASK, task_num_: '7', value_: 'no', metric: 'shop_tries', value: 5 },
  ])
})

it('a text is shipped as a text', () => {
  const registry = createRegistry()
  registry.gauge('shop/phase', { value: 'string' }).set('warming up')
  expect(streamDocuments(withLabels(registry.families(), TASK))).toEqual([
    { ...TASK, metric: 'shop_phase', text: 'warming up' },
  ])
})
