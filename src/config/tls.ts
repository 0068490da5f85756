/** The keys that say what a connection is encrypted with: the same for all who connect. */
import * as z from 'zod/mini'
import { messageOf, readPem, type TlsFiles } from '../utils/index.ts'
import { flag, path, written } from './schema.ts'

/** The keys, to be spread into the map of who connects. @param from Relative files are below this folder. */
export function tlsKeys(from: string) {
  const file = pemFile(from)
  return { ca: file, cert: file, key: file, insecure: flag }
}

/** What the keys say; what was not written is not there. */
export function tlsOf({ ca, cert, key, insecure }: TlsFiles) {
  return written({ ca, cert, key, insecure })
}

/** A certificate is shown with its key, or not at all. */
export function checkCertificate({ value, issues }: z.core.ParsePayload<TlsFiles>): void {
  if ((value.cert === undefined) === (value.key === undefined)) return
  const key = value.cert === undefined ? 'key' : 'cert'
  issues.push({ code: 'custom', path: [key], message: 'give both cert and key', input: value })
}

/** A file that is read once here, so that `check` tells what `serve` would stumble over. */
function pemFile(from: string) {
  return z.pipe(
    path(from),
    z.transform((file, context) => {
      try {
        if (file !== undefined) readPem(file, 'it')
      } catch (error) {
        // What does not go together is told beside it.
        context.issues.push({ code: 'custom', message: messageOf(error), input: file, continue: true })
      }
      return file
    }),
  )
}
