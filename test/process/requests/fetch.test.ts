import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createRegistry, meterFetch, type Registry } from '../../../src/process/index.ts'
import { clientRequests } from '../../../src/process/requests/client.ts'
import { answering } from '../../support/listening.ts'
import { until } from '../../support/until.ts'

/** A server that tells what it received, and with which length. */
async function echo(): Promise<string> {
  const { url } = await answering(async (request, response) => {
    let received = 0
    for await (const chunk of request) received += (chunk as Buffer).length
    if (request.url === '/away') response.writeHead(302, { location: '/' })
    if (request.url === '/none') response.writeHead(204)
    if (request.url === '/slow') await sleep(60)
    const length = request.headers['content-length'] ?? 'none'
    response.end(request.url === '/none' ? undefined : `${received} ${length}`)
  })
  return url
}

function told(registry: Registry): Record<string, unknown> {
  return Object.fromEntries(
    registry
      .table()
      .map(({ name, fields, value }) => [
        name.replace('http/', ''),
        typeof value === 'object' ? value.sum : `${value} × ${fields.status}`,
      ]),
  )
}

describe('a metered fetch', () => {
  it('is told as luci tells it: 42 ms, 5 bytes out, 8 bytes in, or no answer at all', () => {
    for (const [status, received] of [
      [200, 8],
      [0, 0],
    ] as const) {
      const registry = createRegistry()
      const requests = clientRequests(registry)
      requests.sent('host', 'me', 5)
      requests.answered('host', 'me', status, 42)
      requests.received('host', 'me', received)
      const fields = { name: 'host', client: 'me' }
      expect(registry.table()).toMatchObject([
        { name: 'http/durations', fields, value: { sum: 42 } },
        { name: 'http/request_bytes', fields, value: { sum: 5 } },
        { name: 'http/response_bytes', fields, value: { sum: received } },
        { name: 'http/response_status', fields: { ...fields, status }, value: 1 },
      ])
    }
  })

  it('records a request, its answer and its time under the host', async () => {
    const registry = createRegistry()
    const url = await echo()
    const answer = await meterFetch(registry, { client: 'test' })(`${url}/slow`, {
      method: 'POST',
      body: '12345',
    })
    expect([answer.status, answer.url, answer.redirected, await answer.text()]).toEqual([
      200,
      `${url}/slow`,
      false,
      '5 5',
    ])
    expect(told(registry)).toMatchObject({ request_bytes: 5, response_bytes: 3, response_status: '1 × 200' })
    expect(told(registry).durations).toBeGreaterThan(50)
    expect(registry.table()[0]!.fields).toEqual({ name: new URL(url).host, client: 'test' })
  })

  it.each([
    ['text', () => 'ä', 2, '2'],
    ['bytes', () => new Uint8Array(7), 7, '7'],
    ['a buffer', () => new ArrayBuffer(9), 9, '9'],
    ['a blob', () => new Blob(['abc']), 3, '3'],
    ['parameters', () => new URLSearchParams({ a: '1 2' }), 5, '5'],
    ['a stream', () => new Blob(['x'.repeat(1000)]).stream(), 1000, 'none'],
  ])('counts %s that is sent, and sends it as it was', async (_, body, bytes, length) => {
    const registry = createRegistry()
    const init = { method: 'POST', body: body() as ReadableStream, duplex: 'half' as const }
    const answer = await meterFetch(registry)(await echo(), init)
    expect(await answer.text()).toBe(`${bytes} ${length}`)
    expect(told(registry).request_bytes).toBe(bytes)
  })

  it('counts the body of a request object, and leaves it its length', async () => {
    const registry = createRegistry()
    const request = new Request(await echo(), { method: 'POST', body: 'x'.repeat(70_000) })
    const answer = await meterFetch(registry)(request)
    expect(await answer.text()).toBe('70000 70000')
    await until(() => told(registry).request_bytes === 70_000)
  })

  it('leaves out the size of a form, which is not known', async () => {
    const registry = createRegistry()
    const form = new FormData()
    form.set('a', 'b')
    await (await meterFetch(registry)(await echo(), { method: 'POST', body: form })).text()
    expect(Object.keys(told(registry))).toEqual(['durations', 'response_bytes', 'response_status'])
  })

  it('counts an answer as far as it was read', async () => {
    const registry = createRegistry()
    const metered = meterFetch(registry)
    const url = await echo()
    await metered(`${url}/none`)
    expect(told(registry)).toMatchObject({ response_bytes: 0, response_status: '1 × 204' })
    const answer = await metered(url)
    await answer.body!.cancel()
    expect(told(registry).response_bytes).toBe(0)
    const away = await metered(`${url}/away`)
    expect([away.redirected, away.url, await away.text()]).toEqual([true, `${url}/`, '0 none'])
  })

  it('tells of a server that is not there as status 0, and throws on', async () => {
    const registry = createRegistry()
    await expect(
      meterFetch(registry)('http://127.0.0.1:1/', { method: 'POST', body: '12345' }),
    ).rejects.toThrow('fetch failed')
    expect(told(registry)).toMatchObject({ request_bytes: 5, response_bytes: 0, response_status: '1 × 0' })
    await expect(meterFetch(registry)('no url')).rejects.toThrow()
  })

  it('is the given one itself while the registry is off', async () => {
    const registry = createRegistry()
    registry.setEnabled(false)
    const url = await echo()
    expect(await (await meterFetch(registry)(url)).text()).toBe('0 none')
    expect(registry.table()).toEqual([])
  })
})
