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
  /** The facts that do not change; undefined until the first reading has looked them up, or where switched off. */
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

/** Reads this machine. Nothing is opened or started before the first `collect`. */
export function createSystemInfo(options: SystemInfoOptions = {}): SystemInfoSource {
  const settings = settingsOf(options)
  const collectors = new Collectors(settings.log)
  const linux = settings.portable ? undefined : new LinuxMachine(settings, collectors)
  const machine = linux ?? new PortableMachine(settings, collectors)
  const entries = new Entries()
  let asked = false
  let host: Host | undefined

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
      const reading = machine.read(now, last === undefined, signal)
      if (!asked && settings.host) {
        asked = true
        // After the first reading, which would count the programs that this starts.
        const lookUp = async () => {
          host = await lookUpHost(settings)
        }
        void Promise.resolve(reading).then(lookUp, lookUp)
      }
      return reading
    },
    reduce: (entry, sample) => entries.reduce(entry, sample),
    aggregate: aggregateRows,
    families: (sample) => systemFamilies(sample, collectors.states, host),
    faults: () => linux?.faults ?? collectors.faults,
    journal: journaled,
    encode: encodeEntry,
    decode: (json) => entries.decode(json),
    close: async () => machine.close(),
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
