/** The file of `ca`: certificates that a target's own may be signed by. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { MetricsError } from '../../utils/index.ts'

const FIRST = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/

/** The PEM text of a file. @throws MetricsError `invalid` where it has no certificate, and what reading it throws. */
export function readAuthorities(path: string): string {
  const text = readFileSync(path, 'utf8')
  const first = FIRST.exec(text)?.[0]
  if (first === undefined)
    throw new MetricsError('invalid', `cannot read certificates: ${path} holds none in PEM form`)
  new X509Certificate(first)
  return text
}
