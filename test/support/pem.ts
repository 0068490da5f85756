import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { newFolder } from './folder.ts'

/** A folder with certificates of these names. */
export function pemFolder(...names: string[]): string {
  const folder = newFolder()
  for (const name of names) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, rootCertificates[0]!)
  }
  return folder
}
