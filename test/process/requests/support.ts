import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricRow, Registry } from '../../../src/process/index.ts'

/** What was recorded of requests that are answered, once so many were. */
export async function recorded(registry: Registry, count: number): Promise<object[]> {
  const rowsOf = (what: string) => registry.table().filter(({ name }) => name === `http/server_${what}`)
  const sumOf = (rows: MetricRow[], row: MetricRow) => {
    const same = rows.find(({ fields }) => JSON.stringify(fields) === JSON.stringify(row.fields))
    return (same?.value as { sum: number } | undefined)?.sum
  }
  for (let waited = 0; waited < 5000; waited += 10) {
    const statuses = rowsOf('response_status')
    if (statuses.reduce((sum, { value }) => sum + (value as number), 0) >= count)
      return statuses.map((row) => ({
        ...row.fields,
        times: row.value,
        received: sumOf(rowsOf('request_bytes'), row),
        sent: sumOf(rowsOf('response_bytes'), row),
      }))
    await sleep(10)
  }
  throw new Error(`no ${count} requests were recorded: ${JSON.stringify(registry.table())}`)
}

/** Begins a request, waits for some of its answer's body where it is to, and goes away. */
export async function giveUp(url: string, path: string, answered: boolean): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  if (answered) while (socket.bytesRead < 800) await once(socket, 'data')
  else await sleep(50)
  socket.destroy()
}
