import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import { answer, bulkServer } from './bulkserver.ts'
import { all, depths, shipping, to } from './shipped.ts'

/** Files of documents in a spool of the recorder `one`. */
const segments = (spool: string) => {
  const folder = join(spool, 'one')
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ndjson')).length : 0
}

describe('a change while it runs', () => {
  it('leaves the queue of a recorder alone that did not change', async () => {
    const [server, other] = [await bulkServer(), await bulkServer()]
    server.act = () => true
    const { shipping: shipped, apply, connected } = shipping()
    const a = connected()
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    for (let i = 0; i < 5; i++) await a.poll()
    await until(() => shipped.status()[0]!.queued === 5)
    await apply({ recorders: { two: to(other), one: to(server) }, routes: all('one', 'two') })
    await a.poll()
    server.act = () => false
    await until(() => server.stored.size === 6 && other.stored.size === 1)
    expect(depths(server)).toEqual([0, 1, 2, 3, 4, 5])
    expect(depths(other)).toEqual([5])
    expect(shipped.status().map(({ name }) => name)).toEqual(['two', 'one'])
  })

  it('takes what waits for a recorder to where its name now leads', async () => {
    const [gone, server] = [await bulkServer(), await bulkServer()]
    gone.act = (_, response) => answer(response, 503, {})
    const { shipping: shipped, apply, connected } = shipping()
    const a = connected()
    await apply({ recorders: { one: to(gone) }, routes: all('one') })
    for (let i = 0; i < 5; i++) await a.poll()
    await until(() => shipped.status()[0]!.failures > 0)
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    await a.poll()
    await until(() => server.stored.size === 6)
    expect(depths(server)).toEqual([0, 1, 2, 3, 4, 5])
    await until(() => shipped.status()[0]!.shipped === 6)
    expect(shipped.status()).toMatchObject([{ name: 'one', shipped: 6, dropped: 0, failures: 0 }])
  })

  it('lets a recorder that is gone deliver what waits', async () => {
    const server = await bulkServer()
    const { apply, connected } = shipping()
    const a = connected()
    await apply({ recorders: { one: to(server, { batchMs: 60_000 }) }, routes: all('one') })
    for (let i = 0; i < 5; i++) await a.poll()
    await apply({ recorders: {}, routes: {} })
    await until(() => server.stored.size === 5)
    expect(depths(server)).toEqual([0, 1, 2, 3, 4])
    await a.poll()
    await sleep(30)
    expect(server.stored.size).toBe(5)
  })

  it('leaves on disk what a recorder that is gone cannot deliver, until its name is there again', async () => {
    const server = await bulkServer()
    server.act = (_, response) => answer(response, 503, {})
    const { shipping: shipped, apply, connected } = shipping()
    const a = connected()
    const spool = newFolder()
    await apply({ recorders: { one: to(server, { spool }) }, routes: all('one') })
    for (let i = 0; i < 5; i++) await a.poll()
    await until(() => shipped.status()[0]!.failures > 0)
    await apply({ recorders: {}, routes: {} })
    server.act = () => false
    await apply({ recorders: { one: to(server, { spool }) }, routes: all('one') })
    await until(() => server.stored.size === 5)
    expect(depths(server)).toEqual([0, 1, 2, 3, 4])
  })

  it('of the folder of a spool takes what waits on disk into the new one, in order', async () => {
    const server = await bulkServer()
    server.act = (_, response) => answer(response, 503, {})
    const { shipping: shipped, apply, connected } = shipping()
    const a = connected()
    const [before, after] = [newFolder(), newFolder()]
    await apply({ recorders: { one: to(server, { spool: before }) }, routes: all('one') })
    for (let i = 0; i < 3; i++) await a.poll()
    await until(() => shipped.status()[0]!.spooled === 3)
    await apply({ recorders: { one: to(server, { spool: after }) }, routes: all('one') })
    await a.poll()
    await until(() => segments(before) === 0 && shipped.status()[0]!.spooled === 4)
    expect(segments(after)).toBeGreaterThan(0)
    server.act = () => false
    await until(() => server.stored.size === 4)
    expect(depths(server)).toEqual([0, 1, 2, 3])
  })

  it('that gives it a spool loses nothing of what waits in memory, and of none there either', async () => {
    const server = await bulkServer()
    server.act = (_, response) => answer(response, 503, {})
    const { shipping: shipped, apply, connected } = shipping()
    const a = connected()
    const spool = newFolder()
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    for (let i = 0; i < 3; i++) await a.poll()
    await until(() => shipped.status()[0]!.failures > 0)
    await apply({ recorders: { one: to(server, { spool }) }, routes: all('one') })
    await until(() => shipped.status()[0]!.spooled === 3)
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    await a.poll()
    await until(() => shipped.status()[0]!.queued === 1)
    await apply({ recorders: { one: to(server, { spool }) }, routes: all('one') })
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    await a.poll()
    server.act = () => false
    await until(() => server.stored.size === 5)
    expect(depths(server)).toEqual([0, 1, 2, 3, 4])
    await until(() => segments(spool) === 0 && shipped.status()[0]!.shipped === 5)
    expect(shipped.status()).toMatchObject([{ dropped: 0, queued: 0, spooled: 0 }])
    // Nobody holds the folder any more.
    const other = shipping()
    await other.apply({ recorders: { one: to(server, { spool }) }, routes: all('one') })
  })

  it.each([{}, { spool: true }])(
    'of two that are one takes the first away, and what waits stays: %j',
    async (given) => {
      const server = await bulkServer()
      server.act = (_, response) => answer(response, 503, {})
      const { shipping: shipped, apply, connected, log } = shipping()
      const a = connected()
      const settings = to(server, given.spool ? { spool: newFolder() } : {})
      await apply({ recorders: { one: settings, two: settings }, routes: all('one', 'two') })
      for (let i = 0; i < 3; i++) await a.poll()
      await until(() => shipped.status()[0]!.failures > 0)
      await apply({ recorders: { two: settings }, routes: all('two') })
      await a.poll()
      expect(shipped.status().map(({ name }) => name)).toEqual(['two'])
      server.act = () => false
      await until(() => server.stored.size === 4)
      expect(depths(server)).toEqual([0, 1, 2, 3])
      await until(() => shipped.status()[0]!.shipped === 4)
      expect(log.said.map(({ message }) => message)).toContain('two answers again')
    },
  )

  it('that is prepared and not made changes nothing', async () => {
    const [server, other] = [await bulkServer(), await bulkServer()]
    server.act = (_, response) => answer(response, 503, {})
    const { shipping: shipped, apply, connected } = shipping()
    const a = connected()
    const spool = newFolder()
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    for (let i = 0; i < 3; i++) await a.poll()
    for (const next of [
      { recorders: {}, routes: {} },
      { recorders: { one: to(other, { spool }) }, routes: all('one') },
      { recorders: { one: to(server), two: to(other, { spool }) }, routes: all('two') },
    ])
      await (await shipped.prepare({ readers: {}, ...next }, ['a'])).rollback()
    await a.poll()
    server.act = () => false
    await until(() => server.stored.size === 4)
    expect(depths(server)).toEqual([0, 1, 2, 3])
    expect(other.stored.size).toBe(0)
  })

  it('of the level that a recorder logs at holds for its queue', async () => {
    const server = await bulkServer()
    server.act = (_, response) => answer(response, 503, {})
    const { apply, connected, log } = shipping()
    const a = connected()
    const warnings = () => log.said.filter(({ level }) => level === 'warn').length
    await apply({ recorders: { one: { ...to(server), logLevel: 'error' } }, routes: all('one') })
    await a.poll()
    await until(() => server.asked.length > 2)
    expect(warnings()).toBe(0)
    server.act = () => false
    await until(() => server.stored.size === 1)
    await apply({ recorders: { one: { ...to(server), logLevel: 'warn' } }, routes: all('one') })
    server.act = (_, response) => answer(response, 503, {})
    await a.poll()
    await until(() => warnings() === 1)
  })

  it('that takes a recorder away says so of what is lost, not that the program stopped', async () => {
    const server = await bulkServer()
    server.act = (_, response) => answer(response, 503, {})
    const { shipping: shipped, apply, connected, log } = shipping()
    const a = connected()
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    await a.poll()
    await apply({ recorders: {}, routes: {} })
    await shipped.stop(0)
    expect(log.said.map(({ message }) => message)).toContain(
      'documents for one are lost: it was taken out of the configuration, and did not take them within 5 s',
    )
  })

  it('of a reader, whose poller is another then, ships the samples of both', async () => {
    const server = await bulkServer()
    const { apply, connected } = shipping()
    await apply({ recorders: { one: to(server) }, routes: all('one') })
    const before = connected()
    await before.poll()
    await before.poll()
    await before.stop()
    await connected().poll()
    await until(() => server.stored.size === 3)
    expect(depths(server)).toEqual([0, 1, 0])
  })
})
