import { once } from 'node:events'
import { connect } from 'node:net'
import type { MetricRow, Registry } from '../../../src/process/index.ts'
import { until } from '../../support/until.ts'

/** What was recorded of requests that are answered, once so many were. */
export async function recorded(registry: Registry, count: number): Promise<object[]> {
  const rowsOf = (what: string) => registry.table().filter(({ name }) => name === `http/server_${what}`)
  const sumOf = (rows: MetricRow[], row: MetricRow) => {
    const same = rows.find(({ fields }) => JSON.stringify(fields) === JSON.stringify(row.fields))
    return (same?.value as { sum: number } | undefined)?.sum
  }
  const times = () => rowsOf('response_status').reduce((sum, { value }) => sum + (value as number), 0)
  await until(() => times() >= count, `${count} requests are recorded`)
  return rowsOf('response_status').map((row) => ({
    ...row.fields,
    times: row.value,
    received: sumOf(rowsOf('request_bytes'), row),
    sent: sumOf(rowsOf('response_bytes'), row),
  }))
}

/** Begins a request, waits for some of its answer's body where it is to, and goes away. */
export async function giveUp(url: string, path: string, answered: boolean): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  // Where this is answered, the request has come to its handler.
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\r\n`)
  await once(socket, 'data')
  while (answered && socket.bytesRead < 800) await once(socket, 'data')
  socket.destroy()
}
