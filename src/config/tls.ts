/** The keys that say what a connection is encrypted with: the same for all who connect. */
import { createSecureContext } from 'node:tls'
import type * as z from 'zod/mini'
import {
  digestOfFiles,
  MetricsError,
  messageOf,
  readAuthorities,
  readPem,
  type TlsFiles,
} from '../utils/index.ts'
import { flag, readable, written } from './schema.ts'

/** The keys, to be spread into the map of who connects. @param from Relative files are below this folder. */
export function tlsKeys(from: string) {
  const file = readable(from, (path) => readPem(path, path))
  const ca = readable(from, (path) => readAuthorities(path, path))
  return { ca, cert: file, key: file, insecure: flag }
}

/** What the keys say; what was not written is not there. @param more Another file whose bytes count. */
export function tlsOf({ ca, cert, key, insecure }: TlsFiles, more?: string) {
  return written({ ca, cert, key, insecure, digest: digestOfFiles([ca, cert, key, more]) })
}

/** A certificate is shown with its own key, or not at all. */
export function checkCertificate({ value, issues }: z.core.ParsePayload<TlsFiles>): void {
  const { cert, key } = value
  const refuse = (at: 'cert' | 'key', message: string) =>
    issues.push({ code: 'custom', path: [at], message, input: value })
  if ((cert === undefined) !== (key === undefined))
    refuse(cert === undefined ? 'key' : 'cert', 'give both cert and key')
  if (cert === undefined || key === undefined) return
  try {
    createSecureContext({ cert: readPem(cert, cert), key: readPem(key, key) })
  } catch (error) {
    // What cannot be read is told already.
    if (!(error instanceof MetricsError))
      refuse('key', `${cert} and ${key} are no certificate with its key: ${messageOf(error)}`)
  }
}
