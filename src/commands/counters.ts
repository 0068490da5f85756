/** `treering counters FILE`: a counters file on the console, as JSON, drawn again each second, or over HTTP. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { parseListen } from '../config/index.ts'
import {
  CountersFiles,
  counterFileRoutes,
  countersJson,
  type Dump,
  dumpCounters,
  escapeControls,
  openCounters,
  printCounters,
  printScreen,
} from '../counters/index.ts'
import { createGuard, isLoopbackName } from '../http/guard.ts'
import { MetricsError, messageOf, respondError, Ticker } from '../utils/index.ts'

/** What is asked for; one of them at most. */
export interface CountersFlags {
  readonly json?: boolean
  readonly watch?: boolean
  /** `HOST:PORT`; true is the default address. */
  readonly serve?: string | true
  readonly insecure?: boolean
}

/** Source: mc4go's REST endpoint, `--addr`. */
const DEFAULT_ADDRESS = '127.0.0.1:8888'
const WATCH_MS = 1000
/** Cursor to the top left, and what is below it away: a screen drawn anew without a flash. */
const TOP = '\x1b[H\x1b[J'

/**
 * @param file Name in the counters directory, or path.
 * @throws MetricsError `invalid` for flags that do not go together, and what `openCounters` throws.
 */
export async function countersCommand(file: string, flags: CountersFlags): Promise<void> {
  const given = [flags.json && '--json', flags.watch && '--watch', flags.serve && '--serve'].filter(Boolean)
  if (given.length > 1) throw new MetricsError('invalid', `give one of ${given.join(' and ')}`)
  if (flags.watch) return watch(file)
  if (flags.serve !== undefined) {
    const address = flags.serve === true ? DEFAULT_ADDRESS : flags.serve
    const { url } = await serveCounters(file, address, flags.insecure === true)
    process.stdout.write(`counters of ${file} on ${url}/dump\n`)
    return
  }
  const reader = openCounters(file)
  try {
    if (flags.json) process.stdout.write(`${countersJson(dumpCounters(reader, file))}\n`)
    else if (process.stdout.isTTY) process.stdout.write(printScreen(dumpCounters(reader, file)))
    else process.stdout.write(printCounters(reader, file))
  } finally {
    reader.close()
  }
}

/** Draws until it is interrupted; a file that is gone or made anew is followed. */
function watch(file: string): void {
  const files = new CountersFiles({ files: [file] })
  let before: { dump: Dump; at: number } | undefined
  const draw = () => {
    const at = performance.now()
    let text: string
    try {
      const dump = dumpCounters(files.reader(basename(file)), file)
      text = printScreen(dump, before?.dump, before === undefined ? 0 : (at - before.at) / 1000)
      before = { dump, at }
    } catch (error) {
      files.drop(basename(file))
      before = undefined
      text = `${escapeControls(messageOf(error))}\n`
    }
    process.stdout.write(process.stdout.isTTY ? TOP + text : text)
  }
  draw()
  const ticker = new Ticker(WATCH_MS, draw)
  ticker.start()
  // Nobody reads any more, as behind `| head -1`.
  process.stdout.on('error', () => ticker.stop())
}

/** Serves one file at the root, as the original does. Resolves when it answers. */
async function serveCounters(
  file: string,
  address: string,
  insecure: boolean,
): Promise<{ url: string; server: Server }> {
  const { host, port } = parseListen(address)
  if (!isLoopbackName(host) && !insecure) {
    throw new MetricsError(
      'invalid',
      `cannot serve on ${host}: others could read the counters; allow it with --insecure`,
    )
  }
  openCounters(file).close()
  const files = new CountersFiles({ files: [file] })
  const name = basename(file)
  const app = counterFileRoutes(
    () => files.reader(name),
    file,
    () => files.drop(name),
  )
  app.notFound((c) => respondError(new MetricsError('not_found', `no route ${c.req.method} ${c.req.path}`)))
  app.onError((error) => respondError(error))
  const guard = createGuard({ token: undefined, loopback: isLoopbackName(host), allowedHosts: undefined })
  const server = createServer(getRequestListener((request) => guard.refuse(request) ?? app.fetch(request)))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new MetricsError('conflict', `cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause }),
      ),
    )
    server.listen(port, host, () => resolve())
  })
  const { address: bound, family, port: picked } = server.address() as AddressInfo
  return { url: `http://${family === 'IPv6' ? `[${bound}]` : bound}:${picked}`, server }
}
