import { onTestFinished } from 'vitest'
import { openRecorder, type Recorder } from '../../src/recorders/index.ts'
import { SILENT } from '../../src/utils/index.ts'
import { freePort } from '../support/freeport.ts'
import { answering } from '../support/listening.ts'
import { recorderContract } from './contract.ts'
import { prometheus } from './stores.ts'
import { AT } from './support.ts'

async function recorderTo(endpoint: string): Promise<Recorder> {
  const options = { endpoint, username: 'me', password: 'tell-nobody' }
  const recorder = await openRecorder('Main', { type: 'prometheus_remote_write', options }, SILENT)
  onTestFinished(async () => void (await recorder.close?.()))
  return recorder
}

recorderContract({
  kind: 'prometheus_remote_write',
  exact: false,
  secret: 'tell-nobody',
  async open(context) {
    const store = await prometheus(context)
    const recorder = await recorderTo(store.url)
    const taken = async () =>
      [...(await store.samples('{__name__=~".+"}', AT + 300_000))].flatMap(([labels, samples]) =>
        samples.map(([at, value]) => ({ at, name: JSON.parse(labels).__name__, value: String(value) })),
      )
    return { recorder, taken }
  },
  openUnreachable: async () => recorderTo(`http://127.0.0.1:${await freePort()}`),
  openSilent: async () => recorderTo((await answering(() => {})).url),
})
