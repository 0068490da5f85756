/** Each type of reader → its source. A new type is a folder, a line here, and its keys in `config/readers`. */
import { Hono } from 'hono'
import { loadByteMap, type Reader } from './config/index.ts'
import type { CountersSourceOptions } from './counters/index.ts'
import { createExpvarSource, type ExpvarSourceOptions } from './expvar/index.ts'
import type { OpenedSource, SourceContext } from './opened.ts'
import { openProcess } from './ownprocess.ts'
import { createSystemInfo, type SystemInfoOptions } from './systeminfo/index.ts'
import type { UptimeOptions } from './uptime/index.ts'
import { type LogLevel, respondEmpty, respondJson, withLevel } from './utils/index.ts'

type ExpvarReader = Omit<ExpvarSourceOptions, 'name' | 'log'> & { logLevel?: LogLevel; mapFile?: string }

/** Makes the source of a reader. Modules are loaded only when a reader uses them. */
export async function openSource(
  name: string,
  reader: Reader,
  context: SourceContext,
): Promise<OpenedSource> {
  const { log, dir, own } = context
  switch (reader.type) {
    case 'system_info': {
      const source = createSystemInfo({ ...given<SystemInfoOptions>(reader), name, log })
      const routes = new Hono().get('/host', () =>
        source.host === undefined ? respondEmpty(204) : respondJson(source.host),
      )
      const docs = [
        { path: '/host', summary: 'Facts of the host that do not change', answer: 'Names and versions' },
      ]
      return { source, routes, docs }
    }
    case 'counters': {
      const { COUNTERS_DOCS, createCountersSource } = await import('./counters/index.ts')
      const source = createCountersSource({ ...given<CountersSourceOptions>(reader), name, log })
      return { source, counters: source.files, docs: COUNTERS_DOCS }
    }
    case 'uptime': {
      const { createUptime } = await import('./uptime/index.ts')
      return { source: createUptime({ ...given<UptimeOptions>(reader), name, log, dir }) }
    }
    case 'self': {
      const { createSelfSource } = await import('./self/index.ts')
      const { logLevel, ...options } = given<{ logLevel?: LogLevel }>(reader)
      const { pollers, recorders, sockets, families } = own
      return {
        source: createSelfSource({ ...options, name, pollers, recorders, sockets, families }),
        log: withLevel(log, logLevel),
      }
    }
    case 'expvar': {
      const { logLevel, mapFile, ...options } = given<ExpvarReader>(reader)
      const readerLog = withLevel(log, logLevel)
      const map = await loadByteMap(mapFile)
      const memoryBytes = { ...map.memoryBytes, ...options.memoryBytes }
      const gcTypes = [...(map.gcTypes ?? []), ...(options.gcTypes ?? [])]
      return {
        source: createExpvarSource({ ...options, memoryBytes, gcTypes, name, log: readerLog }),
        log: readerLog,
      }
    }
    case 'process':
      return openProcess(name, reader, context)
  }
}

/** What `reconfigure` of a reader's source is given. */
export function optionsOf(reader: Reader): unknown {
  return given(reader)
}

/** A configured option is never there as `undefined`: a key that was not written is not there. */
function given<Options>({ type: _, ...options }: Reader): Options {
  return options as Options
}
