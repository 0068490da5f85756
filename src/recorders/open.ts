/** Each type of recorder → how it is made. A new type is a folder, its lines here, and its keys in `config/recorders`. */
import type { Log } from '../utils/index.ts'
import { credentialsOf } from './address.ts'
import { type FileOptions, fileDestination } from './file/options.ts'
import { type OtlpOptions, otlpDestination } from './otlp/options.ts'
import type { QueueOptions } from './queue/options.ts'
import type { Recorder } from './recorder.ts'
import { type RemoteWriteOptions, remoteWriteDestination } from './remotewrite/options.ts'
import { type SearchOptions, searchDestination } from './search/options.ts'

/** One place that is shipped to, as it is configured. */
export type RecorderSettings = {
  /** Undefined: the defaults. */
  readonly queue?: Partial<QueueOptions>
  /** Of what is said of it, the least that is logged. @default all that the log takes */
  readonly logLevel?: keyof Log | undefined
} & (
  | { readonly type: 'elasticsearch' | 'opensearch'; readonly options: SearchOptions }
  | { readonly type: 'file'; readonly options: FileOptions }
  | { readonly type: 'prometheus_remote_write'; readonly options: RemoteWriteOptions }
  | { readonly type: 'otlp'; readonly options: OtlpOptions }
)

/** What it will say of itself as its `destination`, without being made. */
export function destinationOf(settings: RecorderSettings): string {
  switch (settings.type) {
    case 'elasticsearch':
    case 'opensearch':
      return searchDestination(settings.type, settings.options)
    case 'file':
      return fileDestination(settings.options)
    case 'prometheus_remote_write':
      return remoteWriteDestination(settings.options)
    case 'otlp':
      return otlpDestination(settings.options)
  }
}

/**
 * Where what is shipped ends up: two recorders of one place would ship everything twice. Of stores with tenants those who
 * may ship are a part of it, with their secrets: it is for comparing alone.
 */
export function placeOf(settings: RecorderSettings): string {
  const destination = destinationOf(settings)
  if (settings.type !== 'prometheus_remote_write' && settings.type !== 'otlp') return destination
  return `${destination} ${credentialsOf(settings.options)}`
}

/**
 * Makes a recorder; it connects when it first ships. Modules are loaded only when a recorder uses them.
 *
 * @param version Of the program, as stores are told it.
 * @throws MetricsError `invalid` for options that contradict each other, or a file that cannot be read.
 */
export async function openRecorder(
  name: string,
  settings: RecorderSettings,
  log: Log,
  version?: string,
): Promise<Recorder> {
  const program = version === undefined ? {} : { version }
  switch (settings.type) {
    case 'elasticsearch': {
      const { createSearchRecorder } = await import('./search/recorder.ts')
      const { connectElasticsearch } = await import('./search/elasticsearch.ts')
      const server = { type: settings.type, connect: connectElasticsearch }
      return createSearchRecorder(name, settings.options, server, log)
    }
    case 'opensearch': {
      const { createSearchRecorder } = await import('./search/recorder.ts')
      const { connectOpenSearch } = await import('./search/opensearch.ts')
      const server = { type: settings.type, connect: connectOpenSearch }
      return createSearchRecorder(name, settings.options, server, log)
    }
    case 'file': {
      const { createFileRecorder } = await import('./file/recorder.ts')
      return createFileRecorder(name, settings.options, log)
    }
    case 'prometheus_remote_write': {
      const { createRemoteWriteRecorder } = await import('./remotewrite/index.ts')
      return createRemoteWriteRecorder(name, { ...program, ...settings.options })
    }
    case 'otlp': {
      const { createOtlpRecorder } = await import('./otlp/index.ts')
      return createOtlpRecorder(name, { ...program, ...settings.options })
    }
  }
}
