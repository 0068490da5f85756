import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createCounters } from '../../src/counters/index.ts'
import { newFolder } from '../support/folder.ts'
import { needProgram } from '../support/need.ts'
import { run, start } from '../support/serve.ts'
import { until } from '../support/until.ts'

const fixtures = 'test/fixtures/counters'

describe('treering counters', () => {
  it.each(readdirSync(fixtures).filter((name) => name.endsWith('.dat')))(
    'prints %s exactly as the printer of its library',
    async (name) => {
      const { code, out } = await run(['counters', join(fixtures, name)])
      expect(code).toBe(0)
      const printed = readFileSync(join(fixtures, `${name}.print.txt`), 'utf8')
      expect(out.replace(/^file: .*\n/, '')).toBe(printed.replace(/^file: .*\n/, ''))
      expect(out).toContain(`file: ${join(fixtures, name)}\n`)
    },
  )

  it('takes a bare name from the counters directory, and gives exact integers as JSON', async () => {
    const MCOUNTERS_DIR = newFolder()
    using writer = createCounters(join(MCOUNTERS_DIR, 'app.dat'), { capacity: 2, statics: { version: '1' } })
    writer.addCounter('most', 2n ** 63n - 1n)
    const { code, out } = await run(['counters', 'app.dat', '--json'], { MCOUNTERS_DIR })
    expect(code).toBe(0)
    expect(out).toMatch(
      /^\{"file":"app\.dat","version":1,"pid":\d+,"started":\d+,"statics":\[\{"label":"version"/,
    )
    expect(out).toContain('"label":"most","value":9223372036854775807}]}\n')
  })

  it('draws a file again each second, with rates', async () => {
    using writer = createCounters(join(newFolder(), 'app.dat'), { capacity: 1 })
    const counter = writer.addCounter('requests')
    const watching = start(['counters', writer.path, '--watch'])
    await until(() => watching.said.out.includes('requests[1]=0\n'))
    counter.add(500n)
    await until(() => /requests\[1\]=500 \(\d{2,4}\.\d\/s\)/.test(watching.said.out))
    watching.process.kill('SIGINT')
    await watching.ended
  })

  it('escapes control characters where it draws, and ends when nobody reads', async () => {
    using writer = createCounters(join(newFolder(), 'app.dat'), { capacity: 1 })
    writer.addCounter('a\x1b[31m\nb')
    const watching = start(['counters', writer.path, '--watch'])
    await until(() => watching.said.out.includes('counter: a\\x1b[31m\\x0ab[1]=0\n'))
    watching.process.stdout!.destroy()
    expect(await watching.ended).toMatchObject({ code: 0 })
  })

  it('prints labels as they are through a pipe, escaped on a terminal', async (context) => {
    needProgram(context, 'script')
    using writer = createCounters(join(newFolder(), 'app.dat'), { capacity: 1 })
    writer.addCounter('a\x1b[31m\nb')
    expect((await run(['counters', writer.path])).out).toContain('\ncounter: a\x1b[31m\nb[1]=0\n')
    const command = `${process.execPath} dist/cli.js counters ${writer.path}`
    const shown = execFileSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' })
    expect(shown).toContain('\ncounter: a\\x1b[31m\\x0ab[1]=0\r\n')
  })

  it('serves one file at the root, as the original does', async () => {
    using writer = createCounters(join(newFolder(), 'app.dat'), { capacity: 2, statics: { region: 'eu' } })
    writer.addCounter('requests', 7n)
    const serving = start(['counters', writer.path, '--serve', '127.0.0.1:0'])
    const url = await until(() => / on (http:\S+)\/dump\n/.exec(serving.said.out)?.[1], 'its address')
    const get = async (path: string) => {
      const answer = await fetch(url + path)
      return { status: answer.status, body: await answer.text() }
    }
    expect(await get('/counters')).toEqual({
      status: 200,
      body: '{"counters":[{"id":1,"label":"requests","value":7}]}',
    })
    expect((await get('/counter/requests')).body).toBe('7')
    expect((await get('/counter/1')).body).toBe('7')
    expect((await get('/static/region')).body).toBe('"eu"')
    expect((await get('/file')).body).toBe(JSON.stringify(writer.path))
    expect(await get('/counter/none')).toMatchObject({ status: 404 })
    using anew = createCounters(join(newFolder(), 'new.dat'), { capacity: 2, statics: { region: 'eu' } })
    anew.addCounter('requests', 8n)
    copyFileSync(anew.path, writer.path)
    expect((await get('/counter/requests')).status).toBe(500)
    expect((await get('/counter/requests')).body).toBe('8')
    const none = await get('/none')
    expect([none.status, JSON.parse(none.body)]).toEqual([
      404,
      { message: 'not found', error: 'no route GET /none', code: 'not_found' },
    ])
    const foreign = start(['counters', writer.path, '--serve', '0.0.0.0:0'])
    expect(await foreign.ended).toMatchObject({ code: 2, err: expect.stringContaining('--insecure') })
  })

  it.each([
    [['counters', 'none.dat'], 1, /cannot open counters file .*none\.dat/],
    [['counters', 'package.json'], 1, /package\.json/],
    [['counters', 'a', '--json', '--watch'], 2, /give one of --json and --watch/],
    [['counters', 'a', '--serve', 'here'], 2, /invalid address "here"/],
  ])('%j ends with %i and the reason', async (args, code, reason) => {
    const ended = await run(args, { MCOUNTERS_DIR: newFolder() })
    expect(ended.code).toBe(code)
    expect(ended.err).toMatch(reason)
    expect(ended.err.trim().split('\n')).toHaveLength(1)
  })
})
