import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  createRegistry,
  meterHandler,
  meterServer,
  type Registry,
  setRoute,
} from '../../../src/process/index.ts'
import { listening } from '../../support/listening.ts'
import { giveUp, recorded } from './support.ts'

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url!, 'http://x')
  if (pathname.startsWith('/users/')) setRoute(response, '/users/:id')
  if (pathname === '/echo') return void request.pipe(response)
  if (pathname === '/unread') return void response.writeHead(413).end('too much')
  if (pathname === '/slow') {
    await sleep(300)
    return void response.end('late')
  }
  if (pathname === '/pieces') {
    for (const piece of ['ä', Buffer.from('bc'), new Uint8Array(3)]) response.write(piece)
    return void response.end('6162', 'hex')
  }
  if (pathname === '/gone') return void response.writeHead(304).end()
  if (pathname === '/endless') {
    while (!response.destroyed) {
      response.write('x'.repeat(100))
      await sleep(20)
    }
    return
  }
  response.end('hello')
}

const route = ({ url }: IncomingMessage) => (url === '/echo' ? '/echo' : undefined)

const WAYS: Record<string, (registry: Registry) => ReturnType<typeof createServer>> = {
  'whose handler is metered': (registry) => createServer(meterHandler(registry, answer, { route })),
  'whose classes count': (registry) => createServer(meterServer(registry, { route }), answer),
  'metered in both ways': (registry) =>
    createServer(meterServer(registry, { route }), meterHandler(registry, answer, { route })),
}

describe.each(Object.entries(WAYS))('a server of node:http %s', (_, start) => {
  it.each([
    ['/users/42', {}, { name: '/users/:id', status: 200, received: 0, sent: 5 }],
    ['/other', {}, { name: '*', status: 200 }],
    [
      '/echo',
      { method: 'POST', body: 'y'.repeat(100_000) },
      { name: '/echo', received: 100_000, sent: 100_000 },
    ],
    ['/pieces', {}, { sent: 2 + 2 + 3 + 2 }],
    ['/pieces', { method: 'HEAD' }, { sent: 0 }],
    ['/gone', {}, { status: 304, sent: 0 }],
    ['/', { headers: { 'user-agent': 'GoogleHC/1.0' } }, { is_robot: true }],
  ])('records %s %j', async (path, init: RequestInit, row) => {
    const registry = createRegistry()
    const { url } = await listening(start(registry))
    await (await fetch(url + path, init)).arrayBuffer()
    expect(await recorded(registry, 1)).toMatchObject([{ times: 1, is_robot: false, ...row }])
  })

  it('counts what was received of a body that nobody read', async () => {
    const registry = createRegistry()
    const { url } = await listening(start(registry))
    const body = new Uint8Array(1000)
    await (await fetch(`${url}/unread`, { method: 'POST', body })).text()
    const [row] = (await recorded(registry, 1)) as { received: number; status: number }[]
    expect(row!.status).toBe(413)
    expect(row!.received).toBeLessThanOrEqual(1000)
  })

  it('tells requests apart that their clients gave up', async () => {
    const registry = createRegistry()
    const { url } = await listening(start(registry))
    await giveUp(url, '/slow', false)
    await giveUp(url, '/endless', true)
    expect(await recorded(registry, 2)).toMatchObject([{ status: 499, times: 2 }])
  })

  it('records nothing while the registry is off', async () => {
    const registry = createRegistry()
    const { url } = await listening(start(registry))
    registry.setEnabled(false)
    expect(await (await fetch(`${url}/users/1`)).text()).toBe('hello')
    registry.setEnabled(true)
    expect(registry.table()).toEqual([])
  })
})

describe('a metered handler', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    [
      'rejects',
      async () => {
        await sleep(1)
        throw new Error('broken')
      },
    ],
  ])('that %s counts as 500, and throws on', async (_, handler) => {
    const registry = createRegistry()
    const metered = meterHandler(registry, handler)
    let thrown: unknown
    const { url } = await listening(
      createServer(async (request, response) => {
        try {
          await metered(request, response)
        } catch (error) {
          thrown = error
        }
        response.writeHead(200).end('saved')
      }),
    )
    expect(await (await fetch(url)).text()).toBe('saved')
    expect(thrown).toMatchObject({ message: 'broken' })
    expect(await recorded(registry, 1)).toMatchObject([{ status: 500, times: 1 }])
  })
})
