/** The machine as a source of history. */
import type { Source } from '../period/index.ts'
import { messageOf } from '../utils/index.ts'
import { AGGREGATE_NAMES, aggregateRows, type SystemInfoRow } from './aggregate.ts'
import { Collectors } from './collectors.ts'
import { Entries, encodeEntry, journaled } from './entry.ts'
import { systemFamilies } from './families.ts'
import { type Host, readHost } from './host.ts'
import { LinuxMachine } from './linux.ts'
import { PortableMachine } from './portable.ts'
import type { SystemInfoEntry, SystemInfoSample } from './sample.ts'
import { type Settings, type SystemInfoOptions, settingsOf } from './settings.ts'

/** The source `system_info`. */
export interface SystemInfoSource extends Source<SystemInfoSample, SystemInfoEntry, SystemInfoRow[]> {
  /** The facts that do not change; undefined for the first second or two, or where switched off. */
  readonly host: Host | undefined
  /** The process that asks remote file systems, if one runs. */
  readonly remotePid: number | undefined
  collect(
    now: number,
    last: SystemInfoSample | undefined,
    signal: AbortSignal,
  ): Promise<SystemInfoSample> | SystemInfoSample
  families(sample: SystemInfoSample): ReturnType<typeof systemFamilies>
  reduce(entry: SystemInfoEntry | undefined, sample: SystemInfoSample): SystemInfoEntry
  encode(entry: SystemInfoEntry): unknown
  decode(json: unknown): SystemInfoEntry
  close(): Promise<void>
}

/** How long after the first reading the facts are looked up: the programs that this starts would hold up the first answers. */
const HOST_AFTER_MS = 1000

/** Reads this machine. Nothing is opened or started before the first `collect`. */
export function createSystemInfo(options: SystemInfoOptions = {}): SystemInfoSource {
  const settings = settingsOf(options)
  const collectors = new Collectors(settings.log)
  const linux = settings.portable ? undefined : new LinuxMachine(settings, collectors)
  const machine = linux ?? new PortableMachine(settings, collectors)
  const entries = new Entries()
  let host: Host | undefined
  let lookUp: NodeJS.Timeout | undefined

  return {
    name: options.name ?? 'system_info',
    intervalMs: settings.intervalMs,
    aggregates: AGGREGATE_NAMES,
    get host() {
      return host
    },
    get remotePid() {
      return linux?.remotePid
    },
    collect(now, last, signal) {
      if (settings.host)
        lookUp ??= setTimeout(async () => {
          host = await lookUpHost(settings)
        }, HOST_AFTER_MS).unref()
      return machine.read(now, last === undefined, signal)
    },
    reduce: (entry, sample) => entries.reduce(entry, sample),
    aggregate: aggregateRows,
    families: (sample) => systemFamilies(sample, collectors.states, host),
    faults: () => linux?.faults ?? collectors.faults,
    journal: journaled,
    encode: encodeEntry,
    decode: (json) => entries.decode(json),
    close: async () => {
      clearTimeout(lookUp)
      await machine.close()
    },
  }
}

async function lookUpHost({ roots, log }: Settings): Promise<Host | undefined> {
  try {
    return await readHost(roots)
  } catch (error) {
    log.warn({}, `cannot read the facts of the host: ${messageOf(error)}`)
    return undefined
  }
}
