import { describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/index.ts'
import { keptLog } from '../support/log.ts'
import { listen, tree } from '../support/tree.ts'

const TOKEN = 'a-token-that-is-long'
const config = { ...DEFAULT_CONFIG, readers: { self: { type: 'self' } } } as const
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('a change of the token', () => {
  it('ends the sockets that the old one, or none, had opened', async () => {
    const running = await tree({ ...config, listen: { host: '127.0.0.1', port: 0 } })
    const open = [listen(`${running.url}/metrics/self`), listen(`${running.url}/live`)]
    for (const { count } of open) await count(1)
    await running.apply({ ...config, token: TOKEN })
    for (const { closed } of open)
      expect(await closed).toEqual({ code: 1008, reason: 'the token has changed' })

    const admitted = listen(`${running.url}/metrics/self`, bearer(TOKEN))
    await admitted.count(1)
    await running.apply({ ...config, token: TOKEN, allowedHosts: ['mon.example.org'] })
    await admitted.count(2)
    expect(admitted.socket.readyState).toBe(admitted.socket.OPEN)
    await running.apply({ ...config, token: `${TOKEN}-2` })
    expect((await admitted.closed).code).toBe(1008)
  })

  it('to none is refused while running', async () => {
    const running = await tree({ ...config, token: TOKEN })
    await expect(running.apply({ ...config, token: undefined })).rejects.toThrow(
      'cannot take the token away while running: restart to run without a token',
    )
    expect((await fetch(`${running.url}/metrics`)).status).toBe(401)
  })
})

describe('a short token', () => {
  it('is warned of once at the start', async () => {
    const log = keptLog()
    await tree({ ...config, token: 'short' }, { log })
    expect(log.said.filter(({ message }) => message.includes('token is short'))).toHaveLength(1)
  })
})

describe('a socket of a reader that is removed', () => {
  it('is told so', async () => {
    const running = await tree(config)
    const heard = listen(`${running.url}/metrics/self`)
    await heard.count(1)
    await running.apply({ ...config, readers: {} })
    expect(await heard.closed).toEqual({ code: 1001, reason: 'its source was changed or removed' })
  })
})
