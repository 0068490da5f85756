import { describe, expect, it } from 'vitest'
import { destinationOf, planRoutes, type RecorderSettings } from '../../src/recorders/index.ts'
import { indexAt, indexPattern, parseIndexName } from '../../src/recorders/search/indexname.ts'
import { AT } from './support.ts'

const to = (index: string, node = 'http://127.0.0.1:9200'): RecorderSettings => ({
  type: 'elasticsearch',
  options: { nodes: [node], index },
})

describe('routes', () => {
  it('meet as often as they like: each sample is shipped once by each recorder', () => {
    const recorders = { a: to('a'), b: to('b'), unused: to('c') }
    const routes = {
      one: { readers: ['x'], recorders: ['a', 'a', 'b'] },
      two: { readers: ['x', 'y', 'x'], recorders: ['a'] },
      three: { readers: ['y'], recorders: ['b', 'a'] },
    }
    const { shippedBy, recorders: used, merged } = planRoutes(recorders, routes)
    expect(Object.fromEntries(shippedBy)).toEqual({ x: ['a', 'b'], y: ['a', 'b'] })
    expect(used).toEqual(['a', 'b'])
    expect(merged.size).toBe(0)
  })

  it('to two recorders of one destination are one: the first that is in a route', () => {
    const recorders = { unused: to('one'), first: to('one'), second: to('one'), other: to('two') }
    const routes = { r: { readers: ['x'], recorders: ['second', 'other', 'first'] } }
    const { shippedBy, recorders: used, merged } = planRoutes(recorders, routes)
    expect(Object.fromEntries(shippedBy)).toEqual({ x: ['first', 'other'] })
    expect(used).toEqual(['first', 'other'])
    expect(Object.fromEntries(merged)).toEqual({ second: 'first' })
  })
})

describe('a destination', () => {
  it('is address and index, however they are written', () => {
    expect(destinationOf(to('expvastic'))).toBe('elasticsearch 127.0.0.1:9200/expvastic')
    expect(destinationOf(to('expvastic', 'http://127.0.0.1:9200/'))).toBe(destinationOf(to('expvastic')))
    expect(destinationOf(to('expvastic', 'https://127.0.0.1:9200'))).not.toBe(destinationOf(to('expvastic')))
    const nodes = ['http://b:1', 'http://a:2']
    expect(destinationOf({ type: 'opensearch', options: { nodes, index: 'x' } })).toBe('opensearch a:2,b:1/x')
    expect(destinationOf({ type: 'file', options: { path: '/a/../b.ndjson' } })).toBe('file /b.ndjson')
  })
})

describe('the name of an index', () => {
  it.each([
    ['expvastic', 'expvastic', 'expvastic'],
    ['tree-%Y.%m.%d', 'tree-2026.11.22', 'tree-*'],
    ['%Y-tree-%H', '2026-tree-03', '*'],
    ['tree-%Y-of-mine', 'tree-2026-of-mine', 'tree-*-of-mine'],
  ])('%j is %j at a time, and %j at all times', (name, at, pattern) => {
    expect(parseIndexName(name)).toBe(name)
    expect(indexAt(name, AT)).toBe(at)
    expect(indexPattern(name)).toBe(pattern)
  })

  it.each([
    ['', 'it is empty'],
    ['EXPIPE', 'small letters'],
    ['-x', 'may not begin'],
    ['_x', 'may not begin'],
    ['.', 'nor be . or ..'],
    ['a#b', 'may not hold'],
    ['before>after', 'may not hold'],
    ['before after', 'may not hold'],
    ['tree-%B', 'only %Y, %m, %d and %H'],
    ['x'.repeat(256), '255 bytes'],
  ])('%j is refused', (name, reason) => {
    expect(() => parseIndexName(name)).toThrow(reason)
  })
})
