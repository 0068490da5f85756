/** The page: the files that vite built, from memory, each with what a browser may keep of it. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Context } from 'hono'
import { notModified } from '../period/index.ts'
import { respond, SECURITY_HEADERS } from '../utils/index.ts'

/** Beside what is compiled, and beside the sources. */
const FOLDERS = ['./web/', '../../dist/web/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
/** As on every answer, but scripts of this server may run: those of the page, no inline one. */
const PAGE_POLICY = `${SECURITY_HEADERS['content-security-policy']}; script-src 'self'; require-trusted-types-for 'script'`

interface File {
  readonly body: Buffer<ArrayBuffer>
  readonly type: string
  readonly etag: string
  /** Whether its name changes with its content. */
  readonly hashed: boolean
  /** Made at the first request that takes it. */
  gzip?: Buffer<ArrayBuffer>
}

/** Answers with a file of the page; undefined for one that is not there. */
export type Web = (c: Context, name: string) => Response | undefined

/**
 * Reads the built page into memory. Without one (a program run from sources that were not built) no file is there.
 *
 * @param folders Looked at in this order; the first that can be read is taken.
 */
export function openWeb(folders: readonly string[] = FOLDERS): Web {
  const files = new Map<string, File>()
  for (const folder of folders) {
    if (files.size === 0) for (const name of namesIn(folder)) files.set(name, read(folder, name))
  }
  return (c, name) => {
    const file = files.get(name)
    if (file === undefined) return undefined
    const headers = {
      etag: file.etag,
      vary: 'accept-encoding',
      'cache-control': file.hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...(name.endsWith('.html') ? { 'content-security-policy': PAGE_POLICY } : {}),
    }
    const unchanged = notModified(c, headers)
    if (unchanged !== undefined) return unchanged
    if (!/\bgzip\b/.test(c.req.header('accept-encoding') ?? ''))
      return respond(file.body, file.type, 200, headers)
    file.gzip ??= gzipSync(file.body, { level: 9 }) as Buffer<ArrayBuffer>
    return respond(file.gzip, file.type, 200, { ...headers, 'content-encoding': 'gzip' })
  }
}

function namesIn(folder: string): string[] {
  try {
    const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    return all.map((name) => name.replaceAll('\\', '/')).filter((name) => extname(name) in TYPES)
  } catch {
    return []
  }
}

function read(folder: string, name: string): File {
  const body = readFileSync(join(folder, name)) as Buffer<ArrayBuffer>
  return {
    body,
    type: TYPES[extname(name)]!,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    hashed: name.startsWith('assets/'),
  }
}
