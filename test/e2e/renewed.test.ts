import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { expect, it } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { listening } from '../support/listening.ts'
import { OWN } from '../support/pem.ts'
import { serve } from '../support/serve.ts'
import { until } from '../support/until.ts'

it('a certificate that was renewed in its place is taken up by SIGHUP, by readers and targets', async () => {
  const dir = newFolder()
  const [file, ca] = [join(dir, 'treering.yaml'), join(dir, 'ca.pem')]
  const { url: endpoint } = await listening(
    createServer({ key: OWN, cert: OWN }, (_, response) => response.end('{"depth":7}')),
  )
  writeFileSync(ca, rootCertificates[0]!)
  writeFileSync(
    file,
    [
      'readers:',
      `  app: { type: expvar, endpoint: "${endpoint}", interval: 200ms, ca: ca.pem }`,
      `  uptime: { type: uptime, interval: 1s, targets: { app: { url: "${endpoint}", ca: ca.pem } } }`,
    ].join('\n'),
  )
  const { url, process } = await serve(['--config', file, '--data', dir])
  const health = async () => {
    const answer = await fetch(`${url}/metrics/uptime?period=5m`)
    const { data } = (await answer.json()) as { data: { current_status: string }[] }
    return data[0]?.current_status
  }
  await until(async () => (await health()) === 'unhealthy')
  expect((await fetch(`${url}/metrics/app`)).status).toBe(204)
  writeFileSync(ca, OWN)
  process.kill('SIGHUP')
  await until(async () => (await fetch(`${url}/metrics/app`)).status === 200)
  await until(async () => (await health()) === 'healthy')
})
