import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod/mini'
import { taskKeys, taskOf } from '../../../src/config/readers/task.ts'
import { keys } from '../../../src/config/schema.ts'
import { openTask } from '../../../src/process/task/index.ts'
import { Numbers } from './support.ts'

/** As the reader `process` has them. */
const READER = keys({ type: z.literal('process'), ...taskKeys })

function read(map: object) {
  const { type: _, ...task } = READER.parse({ type: 'process', ...map })
  const faults: string[] = []
  const options = taskOf(task, (key, message) => faults.push(`${key}: ${message}`))
  return { options, faults }
}

function faults(map: object): string[] {
  const checked = READER.safeParse({ type: 'process', ...map })
  if (checked.success) return read(map).faults
  return checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('the keys of a task in a configuration', () => {
  test('may all be left out', () => {
    const { options } = read({})
    const task = openTask(options, {
      metrics: new Numbers(),
      send: async () => {},
      hostName: 'a1',
    })
    expect(task.settings.current.enabled).toBe(false)
    expect(task.status().settings.source).toBe('file')
  })

  test('become the options of a task', () => {
    const { options, faults } = read({
      enabled: true,
      flush_interval: '60s',
      target: { service_name: 'shop', job_name: 'web', data_center: 'eu', host_name: 'a1' },
      instance_id: 'pod-7',
      dev_mode: true,
      task_numbers: { type: 'file', dir: '/var/lib/shop/tasks', lease: '10m' },
      settings: { type: 'redis', url: 'redis://127.0.0.1:6379', key: 'shop' },
    })
    expect(faults).toEqual([])
    expect(options).toEqual({
      settings: { enabled: true, flush_interval: '60s' },
      target: { serviceName: 'shop', jobName: 'web', dataCenter: 'eu', hostName: 'a1' },
      instanceId: 'pod-7',
      isDevMode: true,
      taskNumbers: { type: 'file', dir: '/var/lib/shop/tasks', leaseMs: 600_000 },
      settingsFrom: { type: 'redis', url: 'redis://127.0.0.1:6379', key: 'shop' },
    })
  })

  test.each([
    [{ type: 'none' }],
    [{ type: 'memory', lease: '1h' }],
    [{ type: 'file' }],
    [{ type: 'redis', url: 'rediss://user:secret@redis:6379/1', prefix: 'shop' }],
    [{ type: 'redis', url: '/run/redis.sock' }],
    [{ type: 'postgres', url: 'postgres://shop@db/shop', table: 'ops.numbers' }],
  ])('make an allocator of %j', (task_numbers) => {
    const { options, faults } = read({ task_numbers })
    expect(faults).toEqual([])
    openTask(options, { metrics: new Numbers(), send: async () => {}, hostName: 'a1' })
  })

  test.each([
    [{ type: 'file' }],
    [{ type: 'redis', url: 'redis://redis' }],
    [{ type: 'postgres', url: 'postgresql://db/shop', table: 't', row: 'web' }],
  ])('make a store of settings of %j', (settings) => {
    const { options } = read({ settings })
    const task = openTask(options, {
      metrics: new Numbers(),
      send: async () => {},
      hostName: 'a1',
    })
    expect(task.status().settings.writable).toBe(settings.type !== 'file')
  })

  test('stand in the example, with all that is commented out there', () => {
    const text = readFileSync('examples/task.yaml', 'utf8')
    const map = (yaml: string) => (parse(yaml) as { readers: { process: object } }).readers.process
    expect(faults(map(text))).toEqual([])
    const others = [...text.matchAll(/^ +#((?:task_numbers|settings): .*)$/gm)].map(([, line]) => line!)
    expect(others).toHaveLength(5)
    for (const line of others) expect(faults(parse(line) as object)).toEqual([])
  })

  test.each([
    [
      { flush_interval: '9s' },
      'flush_interval: "9s": allowed are 10s to 10m0s, a third of the lease of 30m0s',
    ],
    [
      { flush_interval: '25h' },
      'flush_interval: "25h": allowed are 10s to 10m0s, a third of the lease of 30m0s',
    ],
    [
      { flush_interval: '9s', task_numbers: { type: 'none' } },
      'flush_interval: "9s": allowed are 10s to 24h0m0s',
    ],
    [{ flush_interval: 9 }, 'flush_interval: 9: expected a duration, such as 5s or 1m30s'],
    [{ flush_interval: 'soon' }, /^flush_interval: invalid duration "soon": expected a number with a unit/],
    [{ enabled: 'yes' }, 'enabled: "yes": allowed are true and false'],
    [{ flush_timeout: '60s' }, 'flush_timeout: allowed is less than flush_interval, 1m0s'],
    [
      { flush_interval: '11m' },
      'flush_interval: "11m": allowed are 10s to 10m0s, a third of the lease of 30m0s',
    ],
    [
      { target: { service: 'x' } },
      'target: unknown key service; allowed are service_name, job_name, data_center, host_name',
    ],
    [{ target: { service_name: '' } }, 'target.service_name: expected at least one character'],
    [{ task_numbers: {} }, 'task_numbers: type is missing: allowed are none, memory, file, redis, postgres'],
    [
      { task_numbers: { type: 'x' } },
      'task_numbers: type "x" is not known: allowed are none, memory, file, redis, postgres',
    ],
    [{ task_numbers: 'file' }, 'task_numbers: expected a map with type: none, memory, file, redis, postgres'],
    [{ task_numbers: { type: 'file', dir: 'tasks' } }, /^task_numbers\.dir: expected an absolute path/],
    [{ task_numbers: { type: 'file', lease: '20s' } }, 'task_numbers.lease: allowed are 30000 ms to 24h'],
    [{ task_numbers: { type: 'redis' } }, /^task_numbers\.url: is missing: expected redis:/],
    [
      { task_numbers: { type: 'postgres', url: 'mysql://u:secret@h' } },
      'task_numbers.url: expected postgres://USER@HOST:PORT/DATABASE',
    ],
    [{ settings: { type: 'file', key: 'x' } }, 'settings: unknown key key; allowed are type'],
  ])('like %j are refused, and it is said what is allowed', (map, reason) => {
    const told = faults(map)
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(reason)
    expect(told[0]).not.toContain('secret')
  })
})
