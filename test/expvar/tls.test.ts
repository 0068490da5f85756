import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { listening } from '../support/listening.ts'
import { needProgram } from '../support/need.ts'
import { source } from './support.ts'

/** A certificate for 127.0.0.1 that nobody signed but itself. */
function certificate(): { key: string; cert: string } {
  const dir = newFolder()
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const name = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    cert,
    ...name,
  ]
  execFileSync('openssl', made, { stdio: 'ignore' })
  return { key, cert }
}

test('an endpoint with a certificate is read if it is trusted, shown one, or any will do', async (context) => {
  needProgram(context, 'openssl')
  const [theirs, ours] = [certificate(), certificate()]
  const server = createServer(
    {
      key: readFileSync(theirs.key),
      cert: readFileSync(theirs.cert),
      ca: readFileSync(ours.cert),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const { authorized } = request.socket as unknown as { authorized: boolean }
      response.end(JSON.stringify({ shown: authorized ? 'yes' : 'no' }))
    },
  )
  const { url } = await listening(server)
  await expect(source(url).read()).rejects.toThrow(`cannot read ${url}/debug/vars: self-signed certificate`)
  const shown = async (options: Parameters<typeof source>[1]) =>
    (await source(url, options).read()).texts.shown
  expect(await shown({ insecure: true })).toBe('no')
  expect(await shown({ ca: theirs.cert })).toBe('no')
  expect(await shown({ ca: theirs.cert, cert: ours.cert, key: ours.key })).toBe('yes')
  expect(() => source(url, { ca: '/none.pem' })).toThrow('cannot read ca file /none.pem: ENOENT')
  const wrong = join(newFolder(), 'ca.der')
  writeFileSync(wrong, 'none')
  expect(() => source(url, { ca: wrong })).toThrow(`cannot read ca file ${wrong}: it is no PEM file`)
})
