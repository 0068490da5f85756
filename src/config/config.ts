/** Everything that can be set, and what it is when it is not. */
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { CountersSourceOptions } from '../counters/index.ts'
import type { ExpvarSourceOptions } from '../expvar/index.ts'
import type { ProcessSourceOptions } from '../process/index.ts'
import type { TaskOptions } from '../process/task/index.ts'
import type { RecorderSettings, Route } from '../recorders/index.ts'
import type { SystemInfoOptions } from '../systeminfo/index.ts'
import type { UptimeOptions } from '../uptime/index.ts'
import { type LogLevel, MetricsError } from '../utils/index.ts'

/** Options of a source in a configuration, where what is not written is undefined. */
type Options<T> = { readonly [K in keyof Omit<T, 'name' | 'log' | 'dir' | 'registry'>]?: T[K] | undefined }

/** One thing that is polled: the type of its source, and the source's options. */
export type Reader =
  | ({ readonly type: 'system_info' } & Options<SystemInfoOptions>)
  | ({ readonly type: 'counters' } & Options<CountersSourceOptions>)
  | {
      readonly type: 'self'
      readonly intervalMs?: number
      readonly typeName?: string
      readonly logLevel?: LogLevel
    }
  | ({ readonly type: 'process'; readonly task?: TaskOptions } & Options<ProcessSourceOptions>)
  | ({ readonly type: 'uptime' } & Options<UptimeOptions>)
  | ({ readonly type: 'expvar'; readonly endpoint: string } & ExpvarReader)

/** What is said of an expvar reader beside its endpoint. */
interface ExpvarReader extends Omit<Options<ExpvarSourceOptions>, 'endpoint'> {
  readonly logLevel?: LogLevel | undefined
  /** YAML file of the original's form with more bytes and pauses. */
  readonly mapFile?: string | undefined
}

/** Everything that can be set. */
export interface Config {
  /** Address and port to listen on; port 0 picks one. @default 127.0.0.1:8888 */
  readonly listen: { readonly host: string; readonly port: number }
  /** Folder of all that is kept; histories are in `metrics` below it. @default ./data */
  readonly dataDir: string
  readonly logLevel: LogLevel
  /** Undefined: none is wanted, and only loopback may be listened on. */
  readonly token: string | undefined
  /** Allows to listen on other addresses without a token. */
  readonly insecure: boolean
  /** Further `Host` names under which it may be asked, such as a proxy's. */
  readonly allowedHosts: readonly string[]
  /** Whether `/status` and its data want no token. @default false */
  readonly statusPublic: boolean
  /** WebSockets open at once. @default 10000 */
  readonly maxSockets: number
  /** Periods beside the five: name → duration in ms. */
  readonly periods: Readonly<Record<string, number>>
  /** What is polled, by the name that is its file, its URL segment and its label. */
  readonly readers: Readonly<Record<string, Reader>>
  /** Where samples may be shipped, by name; those in a route are. */
  readonly recorders: Readonly<Record<string, RecorderSettings>>
  /** Which readers' samples go to which recorders. */
  readonly routes: Readonly<Record<string, Route>>
  /** What is allowed and probably not meant, a sentence each. */
  readonly warnings: readonly string[]
}

/** WebSockets that may be allowed at most. */
export const MAX_SOCKETS = 1_000_000

/** What a program with no file, no flag and no environment runs with. */
export const DEFAULT_CONFIG: Config = {
  listen: { host: '127.0.0.1', port: 8888 },
  dataDir: 'data',
  logLevel: 'info',
  token: undefined,
  insecure: false,
  allowedHosts: [],
  statusPublic: false,
  maxSockets: 10_000,
  periods: {},
  readers: {
    system_info: { type: 'system_info' },
    counters: { type: 'counters' },
    process: { type: 'process' },
  },
  recorders: {},
  routes: {},
  warnings: [],
}

/**
 * `HOST:PORT`, `[IPv6]:PORT` or `:PORT` (all IPv4 addresses).
 *
 * @throws MetricsError `invalid`
 */
export function parseListen(text: string): Config['listen'] {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:\s[\]]*)):(\d{1,5})$/i.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new MetricsError(
      'invalid',
      `invalid address ${JSON.stringify(text)}: expected HOST:PORT, such as 127.0.0.1:8888 or [::1]:8888`,
    )
  }
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port }
}

/** `~` at the beginning is the home folder, which need not be known otherwise; a relative path is below `from`. */
export function resolvePath(path: string, from: string): string {
  return resolve(
    from,
    path.replace(/^~(?=\/|$)/, () => homedir()),
  )
}
