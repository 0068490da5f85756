/** Files of certificates and keys, and what connections are encrypted with by them. */
import { readFileSync } from 'node:fs'
import { MetricsError, messageOf } from './errors.ts'

/** Paths of PEM files, and whom they make trust. */
export interface TlsFiles {
  /** Of the authorities that are trusted. @default those that Node trusts */
  readonly ca?: string | undefined
  /** Of the certificate that this program shows, and of its key: both or none. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** Trusts any certificate. @default false */
  readonly insecure?: boolean | undefined
}

/**
 * Options of Node's TLS.
 *
 * @throws MetricsError `invalid` for a file that cannot be read or is no PEM file.
 */
export function readTlsFiles({ ca, cert, key, insecure }: TlsFiles): {
  ca?: Buffer
  cert?: Buffer
  key?: Buffer
  rejectUnauthorized: boolean
} {
  const files = Object.entries({ ca, cert, key }).flatMap(([name, path]) =>
    path === undefined ? [] : [[name, readPem(path, `${name} file ${path}`)]],
  )
  return { ...Object.fromEntries(files), rejectUnauthorized: insecure !== true }
}

/**
 * The bytes of a PEM file.
 *
 * Node itself takes a CA file that is none without a word, and then trusts nobody.
 *
 * @param object What an error calls it, such as `ca file /etc/ca.pem`.
 * @throws MetricsError `invalid` for a file that cannot be read or is no PEM file.
 */
export function readPem(path: string, object: string): Buffer {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw new MetricsError('invalid', `cannot read ${object}: ${messageOf(cause)}`, { cause })
  }
  if (!bytes.includes('-----BEGIN '))
    throw new MetricsError('invalid', `cannot read ${object}: ${path} is no PEM file`)
  return bytes
}
