/** Which file documents are written to, and how long it gets. */
import { resolve } from 'node:path'

const MEBIBYTE = 1024 * 1024
const DAY_MS = 86_400_000

/** Of a file recorder. */
export interface FileOptions {
  readonly path: string
  /** On each document, instead of its own of that name; an empty text leaves one out. */
  readonly fields?: Readonly<Record<string, string>>
  /** A file is set aside when the next batch would make it longer. @default 64 MiB */
  readonly maxBytes?: number
  /** A file whose first document is older than this is set aside. @default 1 day */
  readonly maxAgeMs?: number
  /** Files that were set aside and are kept. @default 7 */
  readonly keep?: number
}

export const FILE_DEFAULTS = { maxBytes: 64 * MEBIBYTE, maxAgeMs: DAY_MS, keep: 7 } as const

/** The path: two recorders of one file would write it twice. */
export function fileDestination({ path }: FileOptions): string {
  return `file ${resolve(path)}`
}
