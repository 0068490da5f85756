/** The counters endpoint of the original over HTTP, for one file or for several. */
import { type Context, Hono } from 'hono'
import { MetricsError, respondError, respondJson } from '../utils/index.ts'
import { type FilesOfSource, findEvery, listEvery } from './everyfile.ts'
import { dumpCounters } from './printer.ts'
import type { CountersReader } from './reader.ts'

/** Finds the file that a request is about. Throws `not_found` when there is none. */
type FileOf = (c: Context) => { file: string; reader: CountersReader }

/**
 * `/dump /file /version /pid /started /statics /static/:label /counters /counter/:id_or_label` of one file, at the root.
 *
 * @param open The reader of the file as it is now; called for every request.
 * @param file What `/file` says: the name or path as it was given.
 * @param failed Called when the reader found its file cut or overwritten, and stays so: `open` is to give another.
 */
export function counterFileRoutes(open: () => CountersReader, file: string, failed?: () => void): Hono {
  return fileRoutes(() => ({ file, reader: open() }), failed)
}

/**
 * `/counters/`, the list of all files of these sources, and the same routes for each of them below `/counters/<file>`. To be
 * mounted once, at the root. What they are called: `everyfile.ts`.
 */
export function countersRoutes(sources: readonly FilesOfSource[]): Hono {
  const list = () =>
    json({
      files: listEvery(sources).map(({ name, path, reader, error }) => ({
        name,
        path,
        pid: reader?.pid ?? null,
        started: reader?.startTime ?? null,
        alive: reader?.isAlive ?? false,
        error: error ?? null,
      })),
    })
  const nameOf = (c: Context) => c.req.param('file') ?? ''
  const byName: FileOf = (c) => {
    const { files, name } = findEvery(sources, nameOf(c))
    return { file: nameOf(c), reader: files.reader(name) }
  }
  const drop = (c: Context) => {
    const { files, name } = findEvery(sources, nameOf(c))
    files.drop(name)
  }
  return withErrors(new Hono())
    .get('/counters', list)
    .get('/counters/', list)
    .route('/counters/:file', fileRoutes(byName, drop))
}

function fileRoutes(fileOf: FileOf, failed: (c: Context) => void = () => {}): Hono {
  const answer = (value: (reader: CountersReader, c: Context, file: string) => unknown) => (c: Context) => {
    const { reader, file } = fileOf(c)
    try {
      return json(value(reader, c, file))
    } catch (error) {
      // A reader whose file was cut or overwritten stays so; the next request opens the file anew.
      if (error instanceof MetricsError && error.code === 'corrupt') failed(c)
      throw error
    }
  }
  return withErrors(new Hono())
    .get(
      '/dump',
      answer((reader, _, file) => dumpCounters(reader, file)),
    )
    .get(
      '/file',
      answer((_reader, _, file) => file),
    )
    .get(
      '/version',
      answer((reader) => reader.version),
    )
    .get(
      '/pid',
      answer((reader) => reader.pid),
    )
    .get(
      '/started',
      answer((reader) => reader.startTime),
    )
    .get(
      '/statics',
      answer((reader) => ({ statics: reader.statics() })),
    )
    .get(
      '/static/:label',
      answer((reader, c) => found('static', c.req.param('label'), (label) => reader.getStatic(label))),
    )
    .get(
      '/counters',
      answer((reader) => ({ counters: reader.counters() })),
    )
    .get(
      '/counter/:wanted',
      answer((reader, c) => found('counter', c.req.param('wanted'), (wanted) => valueByName(reader, wanted))),
    )
}

/** All digits means an id. */
function valueByName(reader: CountersReader, wanted: string): bigint | undefined {
  return (/^\d+$/.test(wanted) ? reader.get(BigInt(wanted)) : reader.getByLabel(wanted))?.value
}

/** Differs from mc4go: what is not there is a 404, not a 500. */
function found<T>(kind: string, wanted: string | undefined, look: (wanted: string) => T | undefined): T {
  const value = look(wanted ?? '')
  if (value === undefined)
    throw new MetricsError('not_found', `no ${kind} ${JSON.stringify(wanted)} in this file`)
  return value
}

function json(value: unknown): Response {
  return respondJson(value)
}

/** What a caller may see is answered here; the rest is for the app that this is mounted in to log. */
function withErrors(app: Hono): Hono {
  return app.onError((error) => {
    if (error instanceof MetricsError) return respondError(error)
    throw error
  })
}
