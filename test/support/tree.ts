import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type Config, type InitOptions, init, type Treering } from '../../src/index.ts'
import { newFolder } from './folder.ts'

/** A running treering on a port of its own with a folder of its own, gone when the test ends. */
export async function tree(config: Partial<Config> = {}, options: InitOptions = {}): Promise<Treering> {
  const listen = { host: '127.0.0.1', port: 0 }
  const running = await init({ listen, dataDir: newFolder(), readers: {}, ...config }, options)
  onTestFinished(async () => void (await running.close()))
  return running
}

export interface Heard {
  readonly socket: WebSocket
  readonly messages: { at: number; text: string }[]
  readonly closed: Promise<{ code: number; reason: string }>
  /** Resolves when this many messages have come. */
  count(n: number): Promise<void>
}

/** A socket to this URL that keeps what it hears. */
export function listen(url: string, headers: Record<string, string> = {}): Heard {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers })
  onTestFinished(() => socket.terminate())
  const messages: { at: number; text: string }[] = []
  socket.on('message', (message) => messages.push({ at: Date.now(), text: message.toString() }))
  const closed = new Promise<{ code: number; reason: string }>((resolve, reject) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    socket.on('error', reject)
  })
  closed.catch(() => {})
  const count = async (n: number): Promise<void> => {
    while (messages.length < n) await new Promise((resolve) => socket.once('message', resolve))
  }
  return { socket, messages, closed, count }
}
