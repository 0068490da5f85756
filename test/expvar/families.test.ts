import { expect, it } from 'vitest'
import { CONTENT_TYPE, familiesText } from '../../src/prometheus/index.ts'
import { source, telling } from './support.ts'

it('an expvar reader tells Prometheus lawful names, with the key where two are one, or a name cannot hold it', async () => {
  const { url } = await telling(
    '{"memstats":{"HeapAlloc":5,"GCCPUFraction":0.5},"gc.next-in/MB %":4.5,"a-b":1,"a.b":2,"运":9223372036854775807,"nested":{"ключ ☃":7},"%":8}',
  )
  const reader = source(url, { name: 'FirstApp' })
  const text = familiesText(reader.families(await reader.read()), 'prometheus')
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
    'expvar_memstats_heap_alloc{reader="FirstApp"} 5',
    'expvar_memstats_gccpu_fraction{reader="FirstApp"} 0.5',
    'expvar_gc_next_in_mb{reader="FirstApp"} 4.5',
    'expvar_a_b{reader="FirstApp",key="a-b"} 1',
    'expvar_a_b{reader="FirstApp",key="a.b"} 2',
    'expvar_unnamed{reader="FirstApp",key="运"} 9223372036854775807',
    'expvar_unnamed{reader="FirstApp",key="%"} 8',
    'expvar_nested{reader="FirstApp",key="nested.ключ ☃"} 7',
  ])
  expect(CONTENT_TYPE.prometheus).toMatch(/0\.0\.4/)
  expect(text).toContain('# TYPE expvar_a_b untyped\n')
})
