import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { acceptUpgrades } from '../../src/http/upgrade.ts'
import { depthSource } from '../support/depth.ts'
import { listening } from '../support/listening.ts'
import { listen, tree } from '../support/tree.ts'
import { until } from '../support/until.ts'

describe('a stream', () => {
  it('sends one message at once, then one a second, as the same URL answers', async () => {
    let depth = 0
    const { url } = await tree({}, { sources: [depthSource(() => depth++)] })
    await sleep(20)
    const opened = Date.now()
    const rows = listen(`${url}/metrics?period=5m`)
    const newest = listen(`${url}/metrics`)
    await Promise.all([rows.count(3), newest.count(3)])
    expect(JSON.parse(newest.messages[2]!.text).depth).toBe(JSON.parse(newest.messages[0]!.text).depth + 2)
    expect(JSON.parse(rows.messages[2]!.text)).toMatchObject({
      total: expect.any(Number),
      data: expect.any(Array),
    })
    // At once, somewhere within the first second, and one second later.
    expect(newest.messages[2]!.at - opened).toBeGreaterThanOrEqual(990)
  })

  it('keeps its interval', async () => {
    const { url } = await tree({}, { sources: [depthSource(() => Math.random())] })
    const opened = Date.now()
    const heard = listen(`${url}/metrics?interval=2s`)
    await heard.count(3)
    expect(heard.messages[2]!.at - opened).toBeGreaterThanOrEqual(1990)
  })

  it('does not send a message again that equals the last one', async () => {
    const source = { ...depthSource(() => 1), collect: async () => ({ timestamp: 1, depth: 1 }) }
    const { url } = await tree({}, { sources: [source] })
    const heard = listen(`${url}/metrics`)
    await sleep(2600)
    expect(heard.messages).toHaveLength(1)
  })

  it('answers the text ping, and needs none', async () => {
    const { url } = await tree({}, { sources: [depthSource(() => 1)] })
    const heard = listen(`${url}/metrics?interval=1h`)
    await heard.count(1)
    heard.socket.send('ping')
    await heard.count(2)
    expect(heard.messages[1]!.text).toBe('pong')
  })

  it.each([
    ['period=2h', 'invalid period "2h": allowed are 5m, 15m, 1h, 1d, 1mo'],
    ['interval=-1s', 'invalid interval "-1s"'],
    ['limit=x', 'invalid limit "x"'],
  ])('closes with 1008 and the reason on %s', async (query, reason) => {
    const { url } = await tree({}, { sources: [depthSource(() => 1)] })
    const { code, reason: told } = await listen(`${url}/metrics?${query}`).closed
    expect(code).toBe(1008)
    expect(told).toContain(reason)
  })

  it('is refused to pages of other sites, above the limit of sockets, and for sources that are not', async () => {
    const { url } = await tree({ maxSockets: 2 }, { sources: [depthSource(() => 1)] })
    await expect(listen(`${url}/metrics`, { origin: 'http://evil.example' }).closed).rejects.toThrow('403')
    await expect(listen(`${url}/metrics/nothing`).closed).rejects.toThrow('404')
    const own = listen(`${url}/metrics`, { origin: url })
    await own.count(1)
    await listen(`${url}/metrics`).count(1)
    await expect(listen(`${url}/metrics`).closed).rejects.toThrow('503')
  })

  it('closes with 1001 when the server stops', async () => {
    const running = await tree({}, { sources: [depthSource(() => 1)] })
    const heard = listen(`${running.url}/metrics`)
    await heard.count(1)
    await running.close()
    expect(await heard.closed).toEqual({ code: 1001, reason: 'server stops' })
  })

  it('drops a socket that does not read, and the others do not notice', async () => {
    const text = 'x'.repeat(2_000_000)
    const source = {
      name: 'large',
      intervalMs: 100,
      collect: async (now: number) => ({ timestamp: now, text }),
      aggregate: () => ({ total: 0, data: [] }),
    }
    const { url, pollers } = await tree({}, { sources: [source] })
    const { hostname, port } = new URL(url)
    const deaf = connect(Number(port), hostname)
    onTestFinished(() => void deaf.destroy())
    deaf.on('error', () => {})
    const key = 'dGhlIHNhbXBsZSBub25jZQ=='
    deaf.write(
      `GET /metrics HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
    await once(deaf, 'readable')
    const heard = listen(`${url}/metrics`)
    const prometheus = { headers: { accept: 'text/plain;version=0.0.4' } }
    await until(async () => {
      const text = await (await fetch(`${url}/metrics`, prometheus)).text()
      return text.includes('treering_sockets_dropped_total{source="large"} 1')
    }, 'it is dropped')
    const before = heard.messages.length
    await heard.count(before + 2)
    expect(pollers[0]!.status().failures).toBe(0)
  })
})

describe('a refused upgrade', () => {
  it('leaves no connection behind, and no stop waits for it', async () => {
    const running = await tree(
      { maxSockets: 1, token: 'a-token-of-some-length' },
      { sources: [depthSource(() => 1)] },
    )
    const { hostname, port } = new URL(running.url)
    const held = Array.from({ length: 1010 }, () =>
      connect({ port: Number(port), host: hostname, allowHalfOpen: true }),
    )
    onTestFinished(() => {
      for (const socket of held) socket.destroy()
    })
    await Promise.all(
      held.map(async (socket, i) => {
        const upgrade = i % 2 === 0 ? 'websocket' : 'h2c'
        socket.on('error', () => {})
        socket.write(
          `GET /metrics HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
        )
        await once(socket, 'data')
      }),
    )
    expect((await fetch(`${running.url}/health`)).status).toBe(200)
    const at = Date.now()
    await running.close()
    expect(Date.now() - at).toBeLessThan(4000)
  })

  it('of a route without a stream says where there is one', async () => {
    const { url } = await tree({}, { sources: [depthSource(() => 1)] })
    const refused = new WebSocket(`${url.replace('http', 'ws')}/health`)
    refused.on('error', () => {})
    const answer = await new Promise<IncomingMessage>((resolve) =>
      refused.once('unexpected-response', (_, incoming) => resolve(incoming)),
    )
    let body = ''
    for await (const part of answer) body += part
    expect([answer.statusCode, JSON.parse(body).error]).toEqual([
      404,
      'no WebSocket at /health: there is one at /metrics, each /metrics/<reader>, and /live',
    ])
  })

  it('is closed with 1009 by a message over 4 KiB', async () => {
    const { url } = await tree({}, { sources: [depthSource(() => 1)] })
    for (const path of ['/metrics', '/live']) {
      const { socket, closed, count } = listen(`${url}${path}`)
      await count(1)
      socket.send('x'.repeat(4097))
      expect((await closed).code).toBe(1009)
    }
  })

  it.each([
    ['POST', 13, 405],
    ['GET', 7, 400],
  ])('asked for by %s in version %i is answered %i', async (method, version, status) => {
    const { url } = await tree({}, { sources: [depthSource(() => 1)] })
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    onTestFinished(() => void socket.destroy())
    socket.write(
      `${method} /metrics HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: ${version}\r\n\r\n`,
    )
    const [first] = await once(socket, 'data')
    expect(String(first)).toMatch(`HTTP/1.1 ${status} `)
  })
})

describe('an upgrade to something else', () => {
  it('is passed over: the request is answered as an ordinary one', async () => {
    const { url } = await tree({}, { sources: [depthSource(() => 1)] })
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `GET /health HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    )
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    await once(socket, 'close')
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).toContain('"status":"ok"')
  })

  it('of a malformed request is answered and closed', async () => {
    const server = createServer()
    acceptUpgrades(server, { fetch: () => new Response('no', { status: 418 }) })
    const { port } = await listening(server)
    const socket = connect(port)
    socket.write('GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    await once(socket, 'close')
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(text).toContain('"code":"invalid"')
  })
})
