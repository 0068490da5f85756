import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished, type TestContext } from 'vitest'
import type { Family } from '../../src/prometheus/index.ts'
import type { Shipment } from '../../src/recorders/index.ts'
import { newFolder } from '../support/folder.ts'
import { freePort } from '../support/freeport.ts'
import { answering } from '../support/listening.ts'
import { needProgram } from '../support/need.ts'

/** A store that answers the queries of Prometheus. */
export interface SeriesStore {
  readonly url: string
  /** Samples of the ten minutes until `end` of each series that a selector finds: labels as JSON → [Unix ms, value]. */
  samples(selector: string, end?: number): Promise<Map<string, [number, number][]>>
  /** Labels and values of an expression at a time (Unix ms) or now. */
  query(expression: string, at?: number): Promise<{ metric: Record<string, string>; value: number }[]>
  /** Kills it at once; what it has stays on disk. */
  kill(): Promise<void>
  /** Starts it anew with what it has, at the same address. */
  start(): Promise<void>
}

/** A real Prometheus that takes remote writes, gone when the test ends. */
export async function prometheus(context: TestContext): Promise<SeriesStore> {
  needProgram(context, 'prometheus')
  const dir = newFolder()
  const port = await freePort()
  writeFileSync(join(dir, 'prometheus.yml'), 'scrape_configs: []\n')
  const flags = [
    `--config.file=${dir}/prometheus.yml`,
    `--storage.tsdb.path=${dir}/tsdb`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
  ]
  return await storeOf(() => run('prometheus', flags), `http://127.0.0.1:${port}`, '/-/ready')
}

/** A real VictoriaMetrics, gone when the test ends. */
export async function victoriaMetrics(context: TestContext): Promise<SeriesStore> {
  needProgram(context, 'victoria-metrics')
  const dir = newFolder()
  const port = await freePort()
  const flags = [`-storageDataPath=${dir}`, `-httpListenAddr=127.0.0.1:${port}`, '-search.latencyOffset=0s']
  return await storeOf(() => run('victoria-metrics', flags), `http://127.0.0.1:${port}`, '/health')
}

function run(program: string, flags: string[]): ChildProcess {
  const child = spawn(program, flags, { stdio: 'ignore' })
  onTestFinished(() => ended(child))
  return child
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || !child.kill('SIGKILL')) return
  await once(child, 'exit')
}

async function storeOf(launch: () => ChildProcess, url: string, ready: string): Promise<SeriesStore> {
  let child: ChildProcess
  const start = async () => {
    child = launch()
    const until = Date.now() + 20_000
    const answers = () =>
      fetch(url + ready).then(
        ({ ok }) => ok,
        () => false,
      )
    while (!(await answers())) {
      if (Date.now() > until || child.exitCode !== null) throw new Error(`${child.spawnfile} did not start`)
      await sleep(50)
    }
  }
  await start()
  const ask = async (expression: string, time: number) => {
    const search = new URLSearchParams({ query: expression, time: String(time / 1000) })
    const answer = await fetch(`${url}/api/v1/query?${search}`)
    const { data, error } = (await answer.json()) as { data?: { result: unknown[] }; error?: string }
    if (data === undefined) throw new Error(`${expression}: ${error}`)
    return data.result as {
      metric: Record<string, string>
      value: [number, string]
      values: [number, string][]
    }[]
  }
  return {
    url,
    start,
    kill: () => ended(child),
    samples: async (selector, end = Date.now() + 60_000) => {
      const result = await ask(`${selector}[10m]`, end)
      return new Map(
        result.map(({ metric, values }) => [
          JSON.stringify(metric),
          values.map(([at, value]) => [Math.round(at * 1000), numberOf(value)]),
        ]),
      )
    },
    query: async (expression, at = Date.now()) =>
      (await ask(expression, at)).map(({ metric, value }) => ({ metric, value: numberOf(value[1]) })),
  }
}

/** Prometheus writes infinity as `+Inf`. */
function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}

/** A request that a receiver got. */
export interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Answers requests one after the other with these; the last one stands for all that follow. */
export async function receiver(
  ...answers: { status: number; headers?: Record<string, string>; body?: string | Uint8Array }[]
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const { url } = await answering(async (request, response) => {
    received.push({ path: request.url!, headers: request.headers, body: await bodyOf(request) })
    const { status, headers, body } = answers[Math.min(received.length, answers.length) - 1]!
    response.writeHead(status, headers).end(body)
  })
  return { url, received }
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A sample of a source named `app`, with the families given. */
export function shipment(at: number, families: Family[], source = 'app'): Shipment {
  return { source, typeName: source, at, documents: [], families }
}

/** A family of one point. */
export function gauge(name: string, value: number | bigint, labels: Record<string, string> = {}): Family {
  return { name, type: 'gauge', help: `The ${name}.`, points: [{ labels, value }] }
}
