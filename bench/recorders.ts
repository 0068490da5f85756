/**
 * Recorders: shipping documents of 53 fields to a real Elasticsearch node on this machine, beside one request a document, which is the
 * original's way, and beside the bulk helper of the official client, in one run. Budget: 10 × one request a document, aim 10,000 documents
 * a second. Run: `npm run bench -- recorders` (needs Maven and a JDK).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from '@elastic/elasticsearch'
import type { Fields } from '../src/period/index.ts'
import { openRecorder, RecorderQueue, type Shipment } from '../src/recorders/index.ts'
import { SILENT } from '../src/utils/index.ts'
import { SearchNode } from '../test/support/searchnode.ts'

const ROUNDS = 3
const ONE_BY_ONE = 1500
const DOCUMENTS = Number(process.env.DOCUMENTS ?? 30_000)
const DOCUMENT = JSON.parse(readFileSync('test/fixtures/expvar/expvastic-document.json', 'utf8')) as Record<
  string,
  unknown
>

let made = 0

/** A document in which some numbers are others each time, and one is beyond 2^53. */
function nextDocument(): Fields {
  made++
  return {
    ...DOCUMENT,
    'memstats.Alloc': made / 7,
    jobs: made,
    'memstats.LastGC': 1_795_317_169_374_391_000n + BigInt(made),
  } as Fields
}

function nextShipment(): Shipment {
  const document = nextDocument()
  return {
    id: `bench${String(made).padStart(9, '0')}`,
    source: 'app',
    typeName: 'app',
    at: 1_795_316_400_000 + made * 500,
    documents: [document],
    families: [],
  }
}

/** Documents a second, and microseconds of this process's CPU a document. */
interface Result {
  readonly perSecond: number
  readonly cpu: number
}

async function measure(documents: number, act: () => Promise<void>): Promise<Result> {
  const cpu = process.cpuUsage()
  const began = performance.now()
  await act()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: (documents / ms) * 1000, cpu: (user + system) / documents }
}

/** As the original: a request for each document, one after the other, over one connection. */
async function oneByOne(url: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (let i = 0; i < ONE_BY_ONE; i++) {
    const { 'memstats.LastGC': _, ...document } = nextDocument()
    const body = JSON.stringify({ '@timestamp': new Date().toISOString(), ...document })
    await new Promise<void>((resolve, reject) => {
      const asked = request(
        `${url}/one-by-one/_doc`,
        { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
        (response) => response.resume().once('end', resolve),
      )
      asked.once('error', reject).end(body)
    })
  }
  agent.destroy()
}

/** What the official client has for it. It cannot write integers beyond 2^53. */
async function byHelper(client: Client, index: string): Promise<void> {
  async function* documents() {
    for (let i = 0; i < DOCUMENTS; i++) {
      const { 'memstats.LastGC': _, ...document } = nextDocument()
      yield { '@timestamp': new Date().toISOString(), ...document }
    }
  }
  await client.helpers.bulk({ datasource: documents(), onDocument: () => ({ create: { _index: index } }) })
}

async function byQueue(url: string, index: string): Promise<void> {
  const recorder = await openRecorder(
    'bench',
    { type: 'elasticsearch', options: { nodes: [url], index } },
    SILENT,
  )
  const queue = await RecorderQueue.open(recorder, {}, SILENT)
  for (let i = 0; i < DOCUMENTS; i++) {
    while (queue.status().queued > 10_000) await sleep(1)
    queue.offer(nextShipment())
  }
  while (queue.status().shipped < DOCUMENTS) await sleep(1)
  const { dropped, refused, retried } = queue.status()
  if (dropped + refused + retried > 0)
    throw new Error(`not all were shipped: ${JSON.stringify(queue.status())}`)
  await queue.stop(1000)
}

const best = (results: readonly Result[]) => results.reduce((a, b) => (b.perSecond > a.perSecond ? b : a))
const told = (name: string, { perSecond, cpu }: Result, ratio: number) =>
  console.log(
    `${name.padEnd(34)} ${perSecond.toFixed(0).padStart(7)}/s  ${ratio.toFixed(1).padStart(5)} ×  ${cpu.toFixed(0).padStart(4)} µs CPU each`,
  )

const folder = mkdtempSync(join(tmpdir(), 'treering-bench-'))
const node = await SearchNode.start(folder)
const client = new Client({ node: node.url })
try {
  // The first round warms the server up.
  const rounds: Record<'one' | 'helper' | 'queue', Result[]> = { one: [], helper: [], queue: [] }
  for (let round = 0; round <= ROUNDS; round++) {
    const one = await measure(ONE_BY_ONE, () => oneByOne(node.url))
    const helper = await measure(DOCUMENTS, () => byHelper(client, `helper-${round}`))
    const queue = await measure(DOCUMENTS, () => byQueue(node.url, `queue-${round}`))
    if (round === 0) continue
    rounds.one.push(one)
    rounds.helper.push(helper)
    rounds.queue.push(queue)
  }
  const one = best(rounds.one)
  console.log(`documents of ${Object.keys(DOCUMENT).length} fields, best of ${ROUNDS} rounds:`)
  told('one request a document', one, 1)
  told("the client's bulk helper", best(rounds.helper), best(rounds.helper).perSecond / one.perSecond)
  told('treering', best(rounds.queue), best(rounds.queue).perSecond / one.perSecond)
} finally {
  await client.close()
  await node.stop()
  rmSync(folder, { recursive: true, force: true })
}
