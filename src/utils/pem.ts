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
 * @throws MetricsError `invalid` for a file that cannot be read.
 */
export function readTlsFiles({ ca, cert, key, insecure }: TlsFiles): {
  ca?: Buffer
  cert?: Buffer
  key?: Buffer
  rejectUnauthorized: boolean
} {
  const files = Object.entries({ ca, cert, key }).flatMap(([name, path]) =>
    path === undefined ? [] : [[name, readPem(name, path)]],
  )
  return { ...Object.fromEntries(files), rejectUnauthorized: insecure !== true }
}

function readPem(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new MetricsError('invalid', `cannot read ${name} file ${path}: ${messageOf(cause)}`, { cause })
  }
}
