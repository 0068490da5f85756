import { describe, expect, it } from 'vitest'
import { destinationOf, planRoutes, type RecorderSettings } from '../../src/recorders/index.ts'
import { indexAt, indexPattern, parseIndexName } from '../../src/recorders/search/indexname.ts'
import { matchesGlob } from '../../src/utils/index.ts'
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

describe.each(['prometheus_remote_write', 'otlp'] as const)('a destination of type %s', (type) => {
  const endpoint = 'http://mimir:9009/push'
  const to = (options: object): RecorderSettings => ({ type, options: { endpoint, ...options } })
  const merged = (one: object, two: object) =>
    planRoutes({ one: to(one), two: to(two) }, { r: { readers: ['a'], recorders: ['one', 'two'] } }).merged
      .size

  it('names the tenant and the user, and no secret', () => {
    const headers = { 'X-Scope-OrgID': 'shop', 'X-Api-Key': 'tell-nobody', Authorization: 'tell-nobody' }
    expect(destinationOf(to({ headers, username: 'me', password: 'tell-nobody' }))).toBe(
      `${type} http://mimir:9009/push user="me" x-scope-orgid="shop"`,
    )
    expect(destinationOf(to({ headers: { AccountID: '7' }, token: 'tell-nobody' }))).toBe(
      `${type} http://mimir:9009/push accountid="7"`,
    )
  })

  it.each<[string, object, object]>([
    ['tenants', { headers: { 'X-Scope-OrgID': 'shop' } }, { headers: { 'X-Scope-OrgID': 'bank' } }],
    ['headers of any name', { headers: { 'x-team': 'shop' } }, {}],
    ['users', { username: 'a', password: 'x' }, { username: 'b', password: 'x' }],
    ['tokens', { token: 'a' }, { token: 'b' }],
  ])('is another for other %s: both are shipped to', (_, one, two) => {
    expect(merged(one, two)).toBe(0)
    expect(merged(one, one)).toBe(1)
    expect(merged(two, two)).toBe(1)
  })

  it('does not depend on the case and order of its headers', () => {
    const [one, two] = [{ headers: { A: '1', B: '2' } }, { headers: { b: '2', a: '1' } }]
    expect(merged(one, two)).toBe(1)
  })
})

describe('the name of an index', () => {
  it.each([
    ['expvastic', 'expvastic', 'expvastic'],
    ['tree-%Y.%m.%d', 'tree-2026.11.22', 'tree-2*.*.*'],
    ['tree-%Y%m%d%H', 'tree-2026112203', 'tree-2*'],
    ['tree-%H-%d', 'tree-03-22', 'tree-*-*'],
    ['tree-%Y-of-mine', 'tree-2026-of-mine', 'tree-2*-of-mine'],
  ])('%j is %j at a time, and %j at all times', (name, at, pattern) => {
    expect(parseIndexName(name)).toBe(name)
    expect(indexAt(name, AT)).toBe(at)
    expect(indexPattern(name)).toBe(pattern)
    expect(matchesGlob(at, pattern)).toBe(true)
  })

  it.each(['metrics-system.cpu-default', 'metrics-system.process.summary-default', 'metrics-apm.internal-x'])(
    'with a day in it leaves %j to the program that writes it',
    (theirs) => {
      expect(matchesGlob(theirs, indexPattern('metrics-%Y.%m.%d'))).toBe(false)
    },
  )

  it.each([
    ['', 'it is empty'],
    ['EXPIPE', 'small letters'],
    ['-x', 'may not begin'],
    ['_x', 'may not begin'],
    ['.', 'nor be . or ..'],
    ['a#b', 'may not hold'],
    ['before>after', 'may not hold'],
    ['before after', 'may not hold'],
    ['%Y-tree-%H', 'may not begin with a time'],
    ['%d', 'may not begin with a time'],
    ['tree-%B', 'only %Y, %m, %d and %H'],
    ['x'.repeat(256), '255 bytes'],
  ])('%j is refused', (name, reason) => {
    expect(() => parseIndexName(name)).toThrow(reason)
  })
})
