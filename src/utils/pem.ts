/** Files of certificates and keys, and what connections are encrypted with by them. */
import { createHash, X509Certificate } from 'node:crypto'
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
  /** Of the bytes of these files when the settings were read: with others they are other settings. */
  readonly digest?: string | undefined
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
    throw new MetricsError('invalid', `cannot read ${object}: it is no PEM file`)
  return bytes
}

const FIRST = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/

/**
 * The bytes of a PEM file of certificates.
 *
 * @param object As for `readPem`.
 * @throws MetricsError `invalid` for a file that cannot be read, or that does not begin with a certificate.
 */
export function readAuthorities(path: string, object: string): Buffer {
  const bytes = readPem(path, object)
  const first = FIRST.exec(bytes.toString('latin1'))?.[0]
  if (first === undefined) throw new MetricsError('invalid', `cannot read ${object}: it holds no certificate`)
  try {
    new X509Certificate(first)
  } catch (cause) {
    const reason = `its first certificate is none: ${messageOf(cause)}`
    throw new MetricsError('invalid', `cannot read ${object}: ${reason}`, { cause })
  }
  return bytes
}

/** A text that tells the bytes of these files from all others; undefined where there are no files. One that cannot be read is as if empty. */
export function digestOfFiles(paths: readonly (string | undefined)[]): string | undefined {
  if (paths.every((path) => path === undefined)) return undefined
  const hash = createHash('sha256')
  for (const path of paths) {
    try {
      hash.update(path === undefined ? '' : readFileSync(path)).update('\0')
    } catch {
      hash.update('\0')
    }
  }
  return hash.digest('base64url')
}
