import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCounters } from '../../src/counters/index.ts'
import { tree } from '../support/tree.ts'
import { encode, folder } from './support.ts'

/** The directory of one reader; another one with two files, one called as in the directory, and one that is in it. */
async function served() {
  const dir = folder()
  const elsewhere = join(dir, 'elsewhere')
  mkdirSync(elsewhere)
  const write = (path: string, value: bigint) => {
    const writer = createCounters(path, { capacity: 1, statics: { of: path } })
    writer.addCounter('c', value)
    writer.close()
    return path
  }
  write(join(dir, 'app.dat'), 1n)
  const files = [
    write(join(elsewhere, 'app.dat'), 2n),
    write(join(elsewhere, 'shop.dat'), 3n),
    write(join(dir, 'both.dat'), 4n),
  ]
  const running = await tree({
    readers: { counters: { type: 'counters', directory: dir }, jvm: { type: 'counters', files } },
  })
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(running.url + path, { headers })
    return { status: answer.status, body: await answer.text() }
  }
  return { dir, elsewhere, get }
}

describe('two readers of counters', () => {
  test('are served by one set of routes: each file is listed once and found by its name', async () => {
    const { dir, elsewhere, get } = await served()
    const { files } = JSON.parse((await get('/counters')).body) as { files: { name: string; path: string }[] }
    expect(files.map(({ name, path }) => [name, path])).toEqual([
      ['app.dat', join(dir, 'app.dat')],
      ['both.dat', join(dir, 'both.dat')],
      ['jvm:app.dat', join(elsewhere, 'app.dat')],
      ['shop.dat', join(elsewhere, 'shop.dat')],
    ])
    const values = ['app.dat', 'jvm:app.dat', 'shop.dat', 'jvm:shop.dat', 'counters:app.dat', 'both.dat']
    expect(
      await Promise.all(values.map(async (name) => (await get(`/counters/${name}/counter/c`)).body)),
    ).toEqual(['1', '2', '3', '3', '1', '4'])
    for (const name of ['none.dat', 'jvm:none.dat', 'none:app.dat', 'app.dat:', ':app.dat'])
      expect(await get(`/counters/${name}/dump`)).toMatchObject({ status: 404 })
  })

  test('leave a name to the next when the first has no such file any more', async () => {
    const { dir, get } = await served()
    rmSync(join(dir, 'app.dat'))
    expect(await get('/counters/app.dat/counter/c')).toEqual({ status: 200, body: '2' })
  })

  test('never tell Prometheus the same series twice', async () => {
    const { get } = await served()
    const { body } = await get('/metrics', { accept: 'text/plain;version=0.0.4' })
    const told = body.split('\n').filter((line) => line.startsWith('mcounter_'))
    const series = told.map((line) => line.slice(0, line.lastIndexOf(' ')))
    expect(new Set(series).size).toBe(series.length)
    expect(told).toEqual(
      expect.arrayContaining([
        'mcounter_value{file="app.dat",label="c"} 1',
        'mcounter_value{file="app.dat",label="c",reader="jvm"} 2',
        'mcounter_file_readable{file="both.dat",reader="jvm"} 1',
      ]),
    )
  })

  test('do not hide each other: a directory that cannot be listed leaves the files of the other', async () => {
    const dir = folder()
    writeFileSync(join(dir, 'no.directory'), '')
    writeFileSync(join(dir, 'a.dat'), encode({ slots: [{ label: 'c', value: 5n }] }))
    const { url } = await tree({
      readers: {
        counters: { type: 'counters', directory: join(dir, 'no.directory') },
        jvm: { type: 'counters', files: [join(dir, 'a.dat')] },
      },
    })
    expect(await (await fetch(`${url}/counters/a.dat/counter/c`)).json()).toBe(5)
    expect(await (await fetch(`${url}/counters`)).json()).toMatchObject({ files: [{ name: 'a.dat' }] })
  })
})

describe('the description of the API', () => {
  test('tells of all routes and parameters of counters', async () => {
    const { get } = await served()
    type Parameters = { parameters?: { name: string; in: string; description: string; required?: boolean }[] }
    const { paths } = JSON.parse((await get('/openapi.json')).body) as {
      paths: Record<string, { get: Parameters }>
    }
    const routes = Object.keys(paths).filter((path) => path.startsWith('/counters'))
    expect(routes).toHaveLength(10)
    for (const route of routes) {
      const path = route.replace('{file}', 'app.dat').replace('static/{label}', 'static/of')
      expect(await get(path.replace('{wanted}', 'c')), route).toMatchObject({ status: 200 })
      const variable = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const parameters = paths[route]!.get.parameters ?? []
      expect(parameters.map(({ name, in: place, required }) => [name, place, required])).toEqual(
        variable.map((name) => [name, 'path', true]),
      )
      for (const { description } of parameters) expect(description).not.toBe('A name.')
    }
    const query = paths['/metrics/jvm']!.get.parameters!
    for (const wanted of ['file', 'label'])
      expect(query.find(({ name }) => name === wanted)!.description).toMatch(/glob/)
  })
})
