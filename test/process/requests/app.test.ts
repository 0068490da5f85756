import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createRegistry, meterApp } from '../../../src/process/index.ts'
import { recorded } from './support.ts'

const answers: Record<string, () => Response | Promise<Response>> = {
  '/now': () => new Response('now'),
  '/later': async () => {
    await sleep(60)
    return new Response('later', { status: 202 })
  },
  '/throws': () => {
    throw new Error('broken')
  },
  '/rejects': async () => {
    throw new Error('broken')
  },
}

function metered() {
  const registry = createRegistry()
  const route = ({ url }: Request) => new URL(url).pathname
  const fetch = meterApp<undefined>(registry, (request) => answers[new URL(request.url).pathname]!(), {
    route,
  })
  return { registry, ask: (path: string) => fetch(new Request(`http://x${path}`)) }
}

describe('a metered fetch of an app', () => {
  it('leaves an answer that is there at once as it is', async () => {
    const { registry, ask } = metered()
    expect(ask('/now')).toBeInstanceOf(Response)
    expect(await recorded(registry, 1)).toEqual([
      { status: 200, name: '/now', is_robot: false, times: 1, received: undefined, sent: undefined },
    ])
  })

  it('waits for one that comes later, and counts what is thrown as 500', async () => {
    const { registry, ask } = metered()
    expect(await (await ask('/later')).text()).toBe('later')
    expect(() => ask('/throws')).toThrow('broken')
    await expect(ask('/rejects')).rejects.toThrow('broken')
    expect(await recorded(registry, 3)).toMatchObject([
      { name: '/later', status: 202 },
      { name: '/rejects', status: 500 },
      { name: '/throws', status: 500 },
    ])
    const [later] = registry.table()
    expect((later!.value as { sum: number }).sum).toBeGreaterThan(50)
  })

  it('is unmatched without a route, knows robots, and is silent while the registry is off', async () => {
    const registry = createRegistry()
    const fetch = meterApp(registry, () => new Response())
    const request = new Request('http://x/', { headers: { 'user-agent': 'kube-probe/1' } })
    registry.setEnabled(false)
    await fetch(request)
    registry.setEnabled(true)
    await fetch(request)
    expect(await recorded(registry, 1)).toMatchObject([{ name: '*', is_robot: true, times: 1 }])
  })
})
