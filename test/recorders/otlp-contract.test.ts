import { onTestFinished } from 'vitest'
import { openRecorder, type Recorder } from '../../src/recorders/index.ts'
import { SILENT } from '../../src/utils/index.ts'
import { freePort } from '../support/freeport.ts'
import { answering } from '../support/listening.ts'
import { recorderContract } from './contract.ts'
import { receiver } from './stores.ts'

interface Request {
  resourceMetrics: {
    scopeMetrics: {
      metrics: {
        name: string
        gauge: { dataPoints: { timeUnixNano: string; asInt?: string; asDouble?: number }[] }
      }[]
    }[]
  }[]
}

async function recorderTo(endpoint: string): Promise<Recorder> {
  const options = { endpoint, encoding: 'json', token: 'tell-nobody' } as const
  const recorder = await openRecorder('Main', { type: 'otlp', options }, SILENT)
  onTestFinished(async () => void (await recorder.close?.()))
  return recorder
}

recorderContract({
  kind: 'otlp',
  // Integers that fit into 64 bits with a sign are kept; the protocol has no others.
  exact: false,
  secret: 'tell-nobody',
  async open() {
    const { url, received } = await receiver({ status: 200 })
    const recorder = await recorderTo(url)
    const taken = async () =>
      received
        .flatMap(({ body }) => (JSON.parse(body.toString()) as Request).resourceMetrics)
        .flatMap(({ scopeMetrics }) => scopeMetrics[0]!.metrics)
        .flatMap(({ name, gauge }) =>
          gauge.dataPoints.map(({ timeUnixNano, asInt, asDouble }) => ({
            at: Number(timeUnixNano) / 1e6,
            name,
            value: asInt ?? String(asDouble),
          })),
        )
    return { recorder, taken }
  },
  openUnreachable: async () => recorderTo(`http://127.0.0.1:${await freePort()}`),
  openSilent: async () => recorderTo((await answering(() => {})).url),
})
