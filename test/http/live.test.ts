import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { depthSource } from '../support/depth.ts'
import { type Heard, listen, tree } from '../support/tree.ts'
import { until } from '../support/until.ts'

interface Message {
  hello?: { version: string; now: number; sources: { name: string; type: string; periods: object[] }[] }
  id?: number
  whole?: boolean
  body?: { total: number; data: { timestamp: number; depth: number }[] }
  error?: string
}

async function served() {
  let depth = 0
  return tree({}, { sources: [depthSource(() => depth++), depthSource(() => 5, 'other')] })
}

/** A source whose samples are about this long. */
function largeSource(length: number) {
  const text = 'x'.repeat(length)
  return {
    name: 'large',
    collect: async (now: number) => ({ timestamp: now, text: text + now }),
    aggregate: (entries: readonly object[]) => ({ total: entries.length, data: entries }),
  }
}

/** Messages as they are read. */
const read = ({ messages }: Heard): Message[] => messages.map(({ text }) => JSON.parse(text) as Message)
const send = ({ socket }: Heard, message: object) => socket.send(JSON.stringify(message))

describe('one socket of many streams', () => {
  it('is told first what there is', async () => {
    const { url } = await served()
    const heard = listen(`${url}/live`)
    await heard.count(1)
    const [{ hello } = {}] = read(heard)
    expect(hello?.version).toMatch(/^\d/)
    expect(Math.abs(hello!.now - Date.now() / 1000)).toBeLessThan(5)
    expect(hello!.sources[0]).toEqual({
      name: 'depth',
      type: 'depth',
      interval_ms: 1000,
      aggregates: [],
      params: [],
      routes: [],
      periods: expect.arrayContaining([{ name: '5m', seconds: 300 }]),
    })
    expect(await (await fetch(`${url}/live`)).json()).toMatchObject({
      sources: [{ name: 'depth' }, { name: 'other' }],
    })
  })

  it('brings each stream under its id, at once and with each beat', async () => {
    const { url } = await served()
    const heard = listen(`${url}/live`)
    await heard.count(1)
    send(heard, { open: 1, source: 'depth', query: '' })
    send(heard, { open: 7, source: 'depth', query: 'period=5m' })
    await heard.count(5)
    const byId = (id: number) => read(heard).filter((message) => message.id === id)
    expect(byId(1)[0]!.body).toMatchObject({ depth: expect.any(Number) })
    expect(byId(1)[1]!.body).not.toEqual(byId(1)[0]!.body)
    expect(byId(7)[0]!.body).toEqual({ total: 1, data: [expect.any(Object)] })
    expect(byId(7).some(({ whole }) => whole)).toBe(false)
  })

  it('brings of a history the whole period first, then its newest slots', async () => {
    const { url } = await served()
    await sleep(3100)
    const heard = listen(`${url}/live`)
    await heard.count(1)
    send(heard, { open: 1, source: 'depth', query: 'period=5m&stat=max', history: true })
    await heard.count(4)
    const [first, ...rest] = read(heard).slice(1)
    expect(first).toMatchObject({ id: 1, whole: true })
    const whole = (await (await fetch(`${url}/metrics/depth?period=5m&stat=max`)).json()) as Message['body']
    expect(first!.body!.data[0]).toEqual(whole!.data[0])
    for (const { body, whole } of rest) {
      expect(whole).toBeUndefined()
      expect(body!.data.length).toBeLessThanOrEqual(2)
    }
    const newest = rest.at(-1)!.body!.data.at(-1)!
    expect(whole!.data.at(-1)!.timestamp).toBeGreaterThanOrEqual(newest.timestamp - 1)
  })

  it('ends a stream when it is asked to, and an id that is opened again is the new one', async () => {
    const { url } = await served()
    const heard = listen(`${url}/live`)
    await heard.count(1)
    send(heard, { open: 1, source: 'depth', query: '' })
    send(heard, { open: 1, source: 'other', query: 'period=5m' })
    send(heard, { open: 2, source: 'depth', query: '' })
    await heard.count(4)
    send(heard, { close: 2 })
    // What is asked after it is answered after it.
    heard.socket.send('ping')
    const pong = () => heard.messages.findIndex(({ text }) => text === 'pong')
    await until(() => pong() >= 0)
    const before = pong() + 1
    await heard.count(before + 2)
    const after = heard.messages.slice(before).map(({ text }) => JSON.parse(text) as Message)
    expect(after.every(({ id, body }) => id === 1 && body!.data[0]!.depth === 5)).toBe(true)
  })

  it.each([
    [{ source: 'nothing', query: '' }, 'unknown source "nothing"'],
    [{ source: 'depth', query: 'period=2h' }, 'invalid period "2h"'],
    [{ source: 'depth', query: 'period=2h', history: true }, 'invalid period "2h"'],
  ])('refuses %j alone, and the others go on', async (wrong, reason) => {
    const { url } = await served()
    const heard = listen(`${url}/live`)
    await heard.count(1)
    send(heard, { open: 1, ...wrong })
    send(heard, { open: 2, source: 'depth', query: '' })
    await heard.count(4)
    const [, error, ...rest] = read(heard)
    expect(error).toEqual({ id: 1, error: expect.stringContaining(reason) })
    expect(rest.every(({ id }) => id === 2)).toBe(true)
  })

  it('bears no more streams than 256', async () => {
    const { url } = await served()
    const heard = listen(`${url}/live`)
    await heard.count(1)
    for (let open = 1; open <= 257; open++) send(heard, { open, source: 'depth', query: 'interval=1h' })
    await heard.count(258)
    const errors = read(heard).filter(({ error }) => error !== undefined)
    expect(errors).toEqual([{ id: 257, error: 'too many streams: at most 256 may be open' }])
  })

  it.each(['nonsense', '{}', '[]', 'null', '{"open":"1","source":"depth"}'])(
    'closes with 1008 on %s',
    async (message) => {
      const { url } = await served()
      const heard = listen(`${url}/live`)
      await heard.count(1)
      heard.socket.send(message)
      expect(await heard.closed).toMatchObject({ code: 1008, reason: expect.stringContaining('{"open":id') })
    },
  )

  it('answers the text ping, and closes with 1001 when the server stops', async () => {
    const running = await served()
    const heard = listen(`${running.url}/live`)
    await heard.count(1)
    heard.socket.send('ping')
    await heard.count(2)
    expect(heard.messages[1]!.text).toBe('pong')
    send(heard, { open: 1, source: 'depth', query: '' })
    await heard.count(3)
    await running.close()
    expect((await heard.closed).code).toBe(1001)
  })

  it('without a stream, too, closes with 1001 when the server stops', async () => {
    const running = await served()
    const [idle, refused] = [listen(`${running.url}/live`), listen(`${running.url}/live`)]
    await Promise.all([idle.count(1), refused.count(1)])
    send(refused, { open: 1, source: 'nothing', query: '' })
    await refused.count(2)
    await running.close()
    for (const heard of [idle, refused])
      expect(await heard.closed).toMatchObject({ code: 1001, reason: 'server stops' })
  })

  it('counts once when it is dropped, whatever streams it has', async () => {
    const { url } = await tree({}, { sources: [largeSource(300_000)] })
    const heard = listen(`${url}/live`)
    await heard.count(1)
    heard.socket.on('error', () => {})
    for (let open = 1; open <= 50; open++)
      send(heard, { open, source: 'large', query: `period=5m&limit=${open}` })
    await heard.count(2)
    heard.socket.pause()
    const accept = 'text/plain;version=0.0.4'
    await until(async () => {
      const told = await (await fetch(`${url}/metrics`, { headers: { accept } })).text()
      return told.includes('treering_sockets_dropped_total{source="large"} 1\n')
    })
  })

  it('leaves nothing behind when it asks for histories and does not read', async () => {
    const { url } = await tree({}, { sources: [largeSource(400_000)] })
    const prometheus = { headers: { accept: 'text/plain;version=0.0.4' } }
    const told = async () => (await fetch(`${url}/metrics`, prometheus)).text()
    const deaf = listen(`${url}/live`)
    await deaf.count(1)
    deaf.socket.on('error', () => {})
    deaf.socket.pause()
    for (let round = 0; round < 20; round++) {
      for (let open = 1; open <= 20; open++)
        send(deaf, { open, source: 'large', query: `period=5m&limit=${open}`, history: true })
      await sleep(50)
    }
    deaf.socket.resume()
    await deaf.closed
    await until(async () => (await told()).includes('treering_sockets{source="large"} 0\n'))
  })

  it('leaves nothing behind when it is gone', async () => {
    const { url } = await served()
    const heard = listen(`${url}/live`)
    await heard.count(1)
    for (let open = 1; open <= 20; open++)
      send(heard, { open, source: 'depth', query: `period=5m&limit=${open}` })
    await heard.count(21)
    const prometheus = { headers: { accept: 'text/plain;version=0.0.4' } }
    const open = async () =>
      /treering_sockets{source="depth"} (\d+)/.exec(
        await (await fetch(`${url}/metrics`, prometheus)).text(),
      )?.[1]
    expect(await open()).toBe('20')
    heard.socket.close()
    await heard.closed
    await until(async () => (await open()) === '0', 'no stream is open')
  })

  it('is dropped when it asks and asks, and does not read', async () => {
    const { url } = await served()
    const heard = listen(`${url}/live`)
    await heard.count(1)
    heard.socket.pause()
    heard.socket.on('error', () => {})
    const source = 'x'.repeat(4000)
    for (let sent = 0; sent < 100_000 && heard.socket.readyState === heard.socket.OPEN; sent += 100) {
      for (let open = 0; open < 100; open++) send(heard, { open, source })
      await sleep(1)
    }
    expect(heard.socket.readyState).not.toBe(heard.socket.OPEN)
    await listen(`${url}/live`).count(1)
  })

  it('is not dropped for a long message of one stream while others send short ones', async () => {
    const { url } = await tree({}, { sources: [largeSource(6_000_000), depthSource(() => Math.random())] })
    const heard = listen(`${url}/live`)
    await heard.count(1)
    for (let open = 1; open <= 30; open++)
      send(heard, { open, source: open === 1 ? 'large' : 'depth', query: '' })
    await heard.count(70)
    expect(heard.socket.readyState).toBe(heard.socket.OPEN)
  })
})
