import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { newFolder } from '../support/folder.ts'
import { answering, type Listening, listening } from '../support/listening.ts'
import { needProgram } from '../support/need.ts'
import { serve } from '../support/serve.ts'
import { until } from '../support/until.ts'
import { Authority } from '../uptime/certificates.ts'
import { nameServer } from '../uptime/nameserver.ts'
import { tcpTarget } from '../uptime/support.ts'

const INTERVAL_MS = 1000
const TIMEOUT_MS = 900

/** Everything that a target can be, on ports that stay theirs. */
async function targets(dir: string) {
  const authority = new Authority()
  writeFileSync(join(dir, 'ca.pem'), authority.pem)
  const made = authority.issue(['localhost', '127.0.0.1'])
  const page = (port?: number) => answering((_, response) => response.end('{"state":"fine"}'), port)
  const secure = (port?: number) =>
    listening(
      createHttpsServer({ key: made.key, cert: made.cert }, (_, response) => response.end()),
      port,
    )
  const echo = (port?: number) => {
    const http = createHttpServer()
    new WebSocketServer({ server: http }).on('connection', (socket) =>
      socket.on('message', (text) => socket.send(text.toString())),
    )
    return listening(http, port)
  }
  const kinds = { page, json: page, redirecting, secure, certificate: secure, port: plain, echo }
  function redirecting(port?: number) {
    return answering((request, response) => {
      if (request.url === '/there') response.end()
      else response.writeHead(301, { location: '/there' }).end()
    }, port)
  }
  function plain(port?: number) {
    return tcpTarget(() => {}, port)
  }
  const up: Record<string, Listening> = {}
  for (const [alias, start] of Object.entries(kinds)) up[alias] = await start()
  const at = (alias: string) => `127.0.0.1:${up[alias]!.port}`
  const names = await nameServer({ 'home.example': { A: ['192.0.2.7'] } })
  const ca = join(dir, 'ca.pem')
  return {
    config: {
      page: `http://${at('page')}/`,
      json: { url: `http://${at('json')}/`, expect_json: { state: 'fine' } },
      redirecting: `http://${at('redirecting')}/here`,
      secure: { url: `https://localhost:${up.secure!.port}/`, ca, certificate_days: 7 },
      certificate: { url: `tls://${at('certificate')}`, ca },
      port: `tcp://${at('port')}`,
      echo: { url: `ws://${at('echo')}/`, send: 'hi', expect_reply: 'hi' },
      name: { url: `dns://${names.address}/home.example`, expect_answer: '192.0.2.7' },
      ping: 'icmp://127.0.0.1',
      job: 'push:2s',
    },
    /** Those that can be stopped and started again. */
    names: [...Object.keys(kinds), 'name'],
    async stop() {
      names.close()
      await Promise.all(Object.values(up).map((one) => one.stop()))
    },
    async start() {
      for (const [alias, start] of Object.entries(kinds)) up[alias] = await start(up[alias]!.port)
    },
  }
}

describe('ten targets of all kinds', () => {
  test('show the right status within one interval of being stopped and started again', async (context) => {
    needProgram(context, 'ping')
    const dir = newFolder()
    const all = await targets(dir)
    const file = join(dir, 'treering.yaml')
    const reader = { interval: '1s', timeout: `${TIMEOUT_MS}ms`, targets: all.config }
    const readers = { system_info: false, counters: false, process: false, uptime: reader }
    writeFileSync(file, JSON.stringify({ settings: { log_level: 'debug' }, readers }))
    const { url, said, process: program } = await serve(['--config', file, '--data', join(dir, 'data')])
    const beat = () => fetch(`${url}/uptime/job/heartbeat`, { method: 'POST' }).catch(() => {})
    let beating = setInterval(() => void beat(), 500)
    onTestFinished(() => clearInterval(beating))
    const statuses = async () => {
      const answer = await fetch(`${url}/metrics/uptime`)
      const { statuses } = (await answer.json()) as {
        statuses: Record<string, { status: string; reason: string | null }>
      }
      return statuses
    }
    const all10 = Object.keys(all.config)
    const allAre = async (status: string, aliases: readonly string[]) => {
      const now = await statuses()
      return aliases.every((alias) => now[alias]!.status === status)
    }
    /**
     * A change is found at the end of a check, which begins within one interval of it and ends within its time limit; an
     * event tells that moment, not that of the sample after it.
     */
    const foundWithinOneInterval = async (
      status: string,
      aliases: readonly string[],
      began: number,
      ended: number,
    ) => {
      const { data } = (await (await fetch(`${url}/metrics/uptime/events`)).json()) as { data: ToldEvent[] }
      for (const alias of aliases) {
        const told = data.find((event) => event.alias === alias && event.to === status)!
        expect(told.timestamp * 1000, alias).toBeGreaterThanOrEqual(began)
        expect(told.timestamp * 1000, alias).toBeLessThanOrEqual(ended + INTERVAL_MS + TIMEOUT_MS)
      }
    }
    await until(() => allAre('healthy', all10), 'all are healthy')

    const stopping = Date.now()
    await all.stop()
    const stopped = Date.now()
    clearInterval(beating)
    await until(() => allAre('unhealthy', all.names), 'all that was stopped is unhealthy')
    const down = await statuses()
    await foundWithinOneInterval('unhealthy', all.names, stopping, stopped)
    for (const alias of all.names) expect([alias, down[alias]!.status]).toEqual([alias, 'unhealthy'])
    expect(down.ping!.status).toBe('healthy')
    expect(down.port!.reason).toBe('connection refused')
    expect(down.name!.reason).toBe('connection refused by the name server')
    await until(() => allAre('unhealthy', ['job']), 'silence is noticed')

    const starting = Date.now()
    await all.start()
    const started = Date.now()
    beating = setInterval(() => void beat(), 500)
    const backAgain = all.names.filter((alias) => alias !== 'name')
    await until(() => allAre('healthy', [...backAgain, 'job', 'ping']), 'all that was started is healthy')
    await foundWithinOneInterval('healthy', backAgain, starting, started)

    // The program is killed: what it counted is there when it is back, worked out from the log of its checks.
    await sleep(3500)
    const before = (await (await fetch(`${url}/metrics/uptime?period=1h`)).json()) as { data: Row[] }
    program.kill('SIGKILL')
    const checks = said.err
      .split('\n')
      .filter((line) => line.includes('"msg":"checked"'))
      .map((line) => JSON.parse(line) as { target: string; status: string; latency_us: number })
    for (const row of before.data) {
      const mine = checks.filter(({ target }) => target === row.alias)
      const fits = [0, 1, 2].some((late) => sameNumbers(row, mine.slice(0, mine.length - late)))
      expect(fits, row.alias).toBe(true)
    }
    // Watching nothing any more, it adds nothing.
    writeFileSync(file, JSON.stringify({ readers: { ...readers, uptime: { targets: {} } } }))
    const second = await serve(['--config', file, '--data', join(dir, 'data')])
    const after = (await (await fetch(`${second.url}/metrics/uptime?period=1h`)).json()) as { data: Row[] }
    for (const row of after.data) {
      const mine = checks.filter(({ target }) => target === row.alias)
      // A kill costs less than three seconds; a target that reports itself twice a second is checked at each report.
      const fits = Array.from({ length: 10 }, (_, late) => late).some((late) =>
        sameNumbers(row, mine.slice(0, mine.length - late)),
      )
      expect(fits, row.alias).toBe(true)
    }
  })
})

interface ToldEvent {
  readonly alias: string
  readonly to: string
  readonly timestamp: number
}

interface Row {
  readonly alias: string
  readonly uptime: number
  readonly downtime: number
  readonly avg_latency: number
}

function sameNumbers(row: Row, checks: readonly { status: string; latency_us: number }[]): boolean {
  const counted = checks.filter(({ status }) => status !== 'unknown')
  const part = (word: string) => counted.filter(({ status }) => status === word).length / counted.length
  const sum = counted.reduce((total, { latency_us }) => total + latency_us, 0)
  return (
    row.uptime === part('healthy') &&
    row.downtime === part('unhealthy') &&
    row.avg_latency === Math.round(sum / counted.length) / 1000
  )
}
