import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EXAMPLE_CONFIG } from '../../src/config/example.ts'
import { VERSION } from '../../src/version.ts'
import { newFolder } from '../support/folder.ts'
import { listening } from '../support/listening.ts'
import { need, needProgram } from '../support/need.ts'
import { run, serve } from '../support/serve.ts'
import { listen } from '../support/tree.ts'
import { until } from '../support/until.ts'

describe('treering', () => {
  it('tells its version, which is that of the package', async () => {
    expect(JSON.parse(readFileSync('package.json', 'utf8')).version).toBe(VERSION)
    expect(await run(['--version'])).toMatchObject({ code: 0, out: `${VERSION}\n` })
  })

  it('tells what there is', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    for (const word of ['serve', 'check', 'init']) expect(out).toContain(word)
    expect((await run(['serve', '--help'])).out).toContain('TREERING_LISTEN')
  })

  it.each([
    [[], /Usage/],
    [['sreve'], /unknown command 'sreve'.*serve/s],
    [['serve', '--prot', '1'], /unknown option '--prot'/],
    [['serve', '--log-level', 'loud'], /Allowed choices are debug, info, warn, error/],
    [['serve', '--listen', 'here'], /invalid address "here": expected HOST:PORT/],
    [['serve', '--listen', '0.0.0.0:0'], /without a token/],
    [['serve', 'extra'], /too many arguments/],
    [['check'], /missing required argument/],
  ])('ends with 2 and the reason on %j', async (args, reason) => {
    const { code, err, out } = await run(args)
    expect(code).toBe(2)
    expect(err + out).toMatch(reason)
  })
})

describe('treering serve', () => {
  it('says its address on the first line of stdout once it answers, and logs JSON lines to a pipe', async () => {
    const { url, said, process, ended } = await serve(['--data', newFolder()])
    expect((await fetch(`${url}/metrics?period=1h&aggregate=cpu_average`)).status).toBe(200)
    process.kill('SIGTERM')
    const { out } = await ended
    expect(out).toBe(`treering listening on ${url}\n`)
    for (const line of said.err.trim().split('\n'))
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), msg: expect.any(String) })
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s saves, closes sockets with 1001 and ends with 0 within 2 s',
    async (signal) => {
      const dir = newFolder()
      const { url, process, ended } = await serve(['--data', dir])
      const heard = listen(`${url}/metrics`)
      await heard.count(1)
      const at = Date.now()
      process.kill(signal)
      expect(await ended).toMatchObject({ code: 0, signal: null })
      expect(Date.now() - at).toBeLessThan(2000)
      expect((await heard.closed).code).toBe(1001)
      const file = JSON.parse(readFileSync(join(dir, 'metrics', 'system_info.json'), 'utf8'))
      expect(Object.keys(file.entries)).toEqual(['5m', '15m', '1h', '1d', '1mo'])
      expect(existsSync(join(dir, 'metrics', 'system_info.journal'))).toBe(false)
    },
  )

  it('ends within 2 s though a socket never answers its close', async () => {
    const { url, process, ended } = await serve(['--data', newFolder()])
    const heard = listen(`${url}/metrics`)
    await heard.count(1)
    heard.socket.pause()
    const at = Date.now()
    process.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    expect(Date.now() - at).toBeLessThan(2000)
  })

  it('takes its settings from the environment, and flags before it', async () => {
    const [one, other] = [newFolder(), newFolder()]
    const { url, process, ended } = await serve(['--data', one], {
      TREERING_DATA: other,
      TREERING_TOKEN: 'secret-secret-secret',
    })
    expect((await fetch(`${url}/metrics`)).status).toBe(401)
    process.kill('SIGTERM')
    await ended
    expect([existsSync(join(one, 'metrics')), existsSync(join(other, 'metrics'))]).toEqual([true, false])
  })

  it('ends with 1 and one line when the port is in use', async () => {
    const { port } = await listening(createServer())
    const { code, err, out } = await run(['serve', '--listen', `127.0.0.1:${port}`, '--data', newFolder()])
    expect([code, out]).toEqual([1, ''])
    expect(err).toBe(`treering: cannot listen on 127.0.0.1:${port}: the port is in use\n`)
  })

  it('ends with 1 and one line when its folder cannot be written', async () => {
    const file = join(newFolder(), 'file')
    writeFileSync(file, '')
    const { code, err } = await run(['serve', '--listen', '127.0.0.1:0', '--data', file])
    expect(code).toBe(1)
    expect(err).toMatch(/^treering: cannot write data folder .*\n$/)
  })

  it('ends with 1 and says so when the last save fails', async () => {
    const dir = newFolder()
    const { process, ended } = await serve(['--data', dir])
    mkdirSync(join(dir, 'metrics', 'system_info.json.tmp'))
    process.kill('SIGTERM')
    const { code, err } = await ended
    expect(code).toBe(1)
    expect(err).toContain('cannot save history')
  })

  it('goes on when its log cannot be written', async (context) => {
    need(context, existsSync('/dev/full'), '/dev/full')
    const full = openSync('/dev/full', 'w')
    const child = spawn(
      process.execPath,
      ['dist/cli.js', 'serve', '--listen', '127.0.0.1:0', '--data', newFolder()],
      {
        stdio: ['ignore', 'pipe', full],
      },
    )
    onTestFinished(() => void child.kill('SIGKILL'))
    const url = /http:\S+/.exec(String((await once(child.stdout!, 'data'))[0]))![0]
    await sleep(1500)
    expect((await fetch(`${url}/health`)).status).toBe(200)
    child.kill('SIGTERM')
    expect((await once(child, 'close'))[0]).toBe(0)
  })

  it('serves rows with its very first answer', async () => {
    const { url } = await serve(['--data', newFolder()])
    const rows = await (await fetch(`${url}/metrics?period=1mo&aggregate=cpu_average`)).json()
    expect(rows).toMatchObject({ total: 1, data: [{ cpu_average: expect.any(Number) }] })
  })

  it('ends with 1 when another one uses the folder, until that one is killed', async (context) => {
    if (process.platform !== 'linux') return context.skip()
    const dir = newFolder()
    const first = await serve(['--data', dir])
    const second = await run(['serve', '--listen', '127.0.0.1:0', '--data', dir])
    expect([second.code, second.err]).toEqual([
      1,
      `treering: cannot use data folder ${dir}: another treering is using it\n`,
    ])
    first.process.kill('SIGKILL')
    await first.ended
    await serve(['--data', dir])
  })

  it('shows a person at a terminal readable lines', async (context) => {
    needProgram(context, 'script')
    const command = `echo pid $$; exec ${process.execPath} dist/cli.js serve --listen 127.0.0.1:0 --data ${newFolder()}`
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void terminal.kill('SIGKILL'))
    let shown = ''
    terminal.stdout.on('data', (chunk) => {
      shown += chunk
    })
    const closed = once(terminal, 'close')
    await until(() => /INFO.*started/.test(shown), 'it says that it started')
    process.kill(Number(/pid (\d+)/.exec(shown)![1]), 'SIGTERM')
    await closed
    expect(shown).not.toContain('"level"')
  })
})

describe('treering check', () => {
  it('says ok of what treering init wrote', async () => {
    const file = join(newFolder(), 'treering.yaml')
    expect(await run(['init', file])).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toBe(EXAMPLE_CONFIG)
    expect(await run(['check', file])).toMatchObject({ code: 0, out: `${file}: ok\n` })
    expect(await run(['init', file])).toMatchObject({
      code: 1,
      err: `treering: cannot write ${file}: it exists, and is left as it is\n`,
    })
  })

  it('ends with 2 and file, line, key and what is allowed', async () => {
    const file = join(newFolder(), 'treering.yaml')
    writeFileSync(file, 'settings:\n  listen: 127.0.0.1:8888\n  log_levle: info\n')
    const { code, err } = await run(['check', file])
    expect(code).toBe(2)
    expect(err).toContain(`${file}:3: settings: unknown key log_levle; allowed are listen, data, log_level`)
    expect((await run(['serve', '--config', file])).code).toBe(2)
  })

  it('ends with 2 when there is no file', async () => {
    expect(await run(['check', '/nowhere/treering.yaml'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no such file'),
    })
  })
})
