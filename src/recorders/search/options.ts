/** Where documents are indexed, and as whom. */
import { readTlsFiles, type TlsFiles } from '../../utils/index.ts'

/** Of an Elasticsearch or OpenSearch recorder. */
export interface SearchOptions extends TlsFiles {
  /** URLs of nodes, without user and password. */
  readonly nodes: readonly string[]
  /** Index or data stream; `%Y %m %d %H` are the time of the document, UTC. */
  readonly index: string
  /** Whether the name is of a data stream: its first document makes it. @default false */
  readonly dataStream?: boolean
  /** On each document, instead of its own of that name; an empty text leaves one out. */
  readonly fields?: Readonly<Record<string, string>>
  /** Whether an index template is installed. @default true */
  readonly template?: boolean
  /** `id:api_key` in base64, as the server gives it. */
  readonly apiKey?: string
  readonly username?: string
  readonly password?: string
}

/** Address and index: two recorders that agree in it would ship each document twice to one place. */
export function searchDestination(type: string, { nodes, index }: SearchOptions): string {
  const addresses = nodes.map((node) => node.replace(/^http:\/\//, '').replace(/\/$/, '')).sort()
  return `${type} ${addresses.join(',')}/${index}`
}

/** What connections are encrypted with; undefined: as by default. Throws as `readTlsFiles`. */
export function tlsOf(options: SearchOptions) {
  const { ca, cert, insecure } = options
  return ca === undefined && cert === undefined && !insecure ? undefined : readTlsFiles(options)
}
