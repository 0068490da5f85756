/** A name server on a port of its own that knows what a test tells it. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA', 15: 'MX', 16: 'TXT' }

/**
 * Name → type → answers (A as an address, MX as `10 host`, TXT as it is). A name or type that is `silent` is never
 * answered, a name that is not there does not exist.
 */
export type Zone = Record<string, Partial<Record<string, readonly string[] | 'silent'>> | 'silent'>

export interface NameServer {
  /** `127.0.0.1:port` */
  readonly address: string
  readonly asked: string[]
  close(): void
}

export async function nameServer(zone: Zone): Promise<NameServer> {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (question, from) => {
    const { name, type, end } = readQuestion(question)
    asked.push(`${name} ${TYPES[type] ?? type}`)
    const known = zone[name]
    if (known === 'silent') return
    const answers = known?.[TYPES[type] ?? ''] ?? []
    if (answers === 'silent') return
    const header = Buffer.alloc(12)
    question.copy(header, 0, 0, 2)
    header.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(answers.length, 6)
    socket.send(
      Buffer.concat([header, question.subarray(12, end), ...answers.map((text) => record(type, text))]),
      from.port,
      from.address,
    )
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  let open = true
  const close = () => {
    if (open) socket.close()
    open = false
  }
  onTestFinished(close)
  return { address: `127.0.0.1:${socket.address().port}`, asked, close }
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  while (message[at] !== 0) {
    const length = message[at]!
    labels.push(message.toString('ascii', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 }
}

function record(type: number, text: string): Buffer {
  const data = dataOf(type, text)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(1, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function dataOf(type: number, text: string): Buffer {
  if (type === 1) return Buffer.from(text.split('.').map(Number))
  if (type === 28) return Buffer.from(text, 'hex')
  if (type === 16) return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])
  const [priority = '0', host = ''] = text.split(' ')
  const labels = host.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)])
  return Buffer.concat([Buffer.from([0, Number(priority)]), ...labels, Buffer.from([0])])
}
