import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { newFolder } from './folder.ts'

/** A certificate for 127.0.0.1 with its key, signed by itself. */
export const OWN = readFileSync('test/fixtures/tls/own.pem')

/** A folder with files of these names that hold a certificate and its key. */
export function pemFolder(...names: string[]): string {
  const folder = newFolder()
  for (const name of names) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, OWN)
  }
  return folder
}
