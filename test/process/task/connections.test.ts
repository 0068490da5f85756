/** Connections that are lost when it is least expected. */
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { connectPostgres } from '../../../src/process/task/connections/postgres.ts'
import { connectRedis } from '../../../src/process/task/connections/redis.ts'
import { listening } from '../../support/listening.ts'

/** A server on a port of its own. */
async function server(connected: (socket: Socket) => void): Promise<number> {
  const { port } = await listening(createServer(connected))
  return port
}

/** Promises that were rejected and that nobody waited for, by their reasons. */
function unhandled(): unknown[] {
  const reasons: unknown[] = []
  const keep = (reason: unknown) => void reasons.push(reason)
  process.on('unhandledRejection', keep)
  onTestFinished(() => void process.off('unhandledRejection', keep))
  return reasons
}

/** Lets a client in, and hangs up at its first statement. Source: PostgreSQL, "Message Formats": AuthenticationOk, ReadyForQuery. */
function letIn(socket: Socket, reset: boolean): void {
  socket.once('data', () => {
    socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]))
    socket.once('data', () => (reset ? socket.resetAndDestroy() : socket.destroy()))
  })
}

test.each([false, true])(
  'a connection to PostgreSQL that is lost before it listens does no harm, also reset: %s',
  async (reset) => {
    const reasons = unhandled()
    let dropped = 0
    const port = await server((socket) => {
      letIn(socket, reset)
      socket.on('close', () => dropped++)
    })
    const postgres = connectPostgres({ url: `postgres://test@127.0.0.1:${port}/test` })
    postgres.listen('changes', () => {})
    await expect.poll(() => dropped).toBe(1)
    await expect(postgres.query('SELECT 1', [])).rejects.toThrow(/^postgres: /)
    await sleep(50)
    await postgres.close()
    expect(reasons).toEqual([])
  },
)

test('a listener of PostgreSQL that is closed while it connects leaves nothing open', async () => {
  let open = 0
  const port = await server((socket) => {
    open++
    socket.on('close', () => open--)
    socket.once('data', () => setTimeout(() => letInAtOnce(socket), 50))
  })
  const postgres = connectPostgres({ url: `postgres://test@127.0.0.1:${port}/test` })
  postgres.listen('changes', () => {})
  await expect.poll(() => open).toBe(1)
  await postgres.close()
  await expect.poll(() => open).toBe(0)
})

/** Lets a client in, and answers all that it says with CommandComplete and ReadyForQuery. */
function letInAtOnce(socket: Socket): void {
  const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
  socket.write(Buffer.concat([Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]), ready]))
  socket.on('data', (data) => {
    if (data[0] === 0x51) socket.write(Buffer.concat([Buffer.from('C\0\0\0\x0bLISTEN\0', 'latin1'), ready]))
  })
}

test('a Redis that hangs up, or an address that is none, does no harm', async () => {
  const reasons = unhandled()
  const port = await server((socket) => socket.destroy())
  for (const url of [`redis://127.0.0.1:${port}`, 'redis://127.0.0.1:99999999']) {
    const redis = connectRedis({ url })
    await expect(redis.send(['PING'])).rejects.toThrow(/^redis: /)
    await redis.close()
  }
  await sleep(50)
  expect(reasons).toEqual([])
})

test('a Redis that cannot be reached is told by its cause', async () => {
  const port = await server((socket) => socket.destroy())
  const unreachable = connectRedis({ url: 'redis://127.0.0.1:1' })
  await expect(unreachable.send(['PING'])).rejects.toThrow('redis: connect ECONNREFUSED 127.0.0.1:1')
  await unreachable.close()
  const silent = connectRedis({ url: `redis://127.0.0.1:${port}` })
  await expect(silent.send(['PING'])).rejects.not.toThrow(/enableOfflineQueue/)
  await silent.close()
})
