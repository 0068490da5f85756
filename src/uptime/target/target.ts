/** A target: its options read once, checked, with every default filled in. */
import { isIP } from 'node:net'
import { MetricsError, messageOf, readAuthorities } from '../../utils/index.ts'
import { type Address, OPTIONS_OF, parseAddress, parseStatuses, TLS_OPTIONS } from './address.ts'
import {
  ALIAS,
  DEFAULT_GRACE_MS,
  DEFAULT_INTERVAL_MS,
  DEFAULT_TIMEOUT_MS,
  MAX_TARGETS,
  numberFaults,
  RECORD_TYPES,
  type RecordType,
  type TargetDefaults,
  type TargetFault,
  type TargetOptions,
} from './options.ts'
import { parseQuiet, type QuietWindow } from './quiet.ts'

/** Names of methods and headers, and values. Source: RFC 9110, 5.6.2 and 5.5. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/
/** Headers that say where a request ends: they follow from its body. */
const FRAMING = ['content-length', 'transfer-encoding', 'trailer']
const VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/

/** What is watched. */
export interface Target {
  readonly alias: string
  readonly address: Address
  readonly options: TargetOptions
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly retries: number
  readonly startPeriodMs: number
  readonly quiet: readonly QuietWindow[]
  readonly displayName: string
  readonly group: string | undefined
  readonly dependsOn: string | undefined
  readonly graceMs: number
  readonly record: RecordType
  /** Same text, same target, whatever it is called: it need not be watched anew. */
  readonly fingerprint: string
}

/** Targets by alias: an address alone, or with options. */
export type TargetMap = Readonly<Record<string, string | TargetOptions>>

/** What is wrong with one target, whatever the others are. Empty when nothing is. */
export function targetFaults(given: string | TargetOptions, defaults: TargetDefaults = {}): TargetFault[] {
  const options = optionsOf(given, defaults)
  const faults = numberFaults(options)
  const parse = (key: keyof TargetOptions, read: () => unknown) => {
    try {
      read()
    } catch (error) {
      faults.push({ key, reason: messageOf(error) })
    }
  }
  let address: Address | undefined
  parse('url', () => {
    address = parseAddress(options.url)
  })
  parse('expectStatus', () => options.expectStatus !== undefined && parseStatuses(options.expectStatus))
  const { ca } = options
  if (ca !== undefined) parse('ca', () => readAuthorities(ca, ca))
  if (options.method !== undefined && !TOKEN.test(options.method))
    faults.push({ key: 'method', reason: 'expected a word such as GET' })
  if (options.method?.toUpperCase() === 'CONNECT')
    faults.push({ key: 'method', reason: 'CONNECT asks for a tunnel, to which there is no answer' })
  const wrong = Object.entries(options.headers ?? {}).find(
    ([name, value]) => !TOKEN.test(name) || !VALUE.test(value),
  )
  if (wrong !== undefined)
    faults.push({ key: 'headers', reason: `${JSON.stringify(wrong[0])} is no lawful header` })
  const framing = Object.keys(options.headers ?? {}).find((name) => FRAMING.includes(name.toLowerCase()))
  if (framing !== undefined)
    faults.push({
      key: 'headers',
      reason: `${JSON.stringify(framing)} follows from the body: it cannot be given`,
    })
  for (const window of options.quiet ?? []) parse('quiet', () => parseQuiet(window))
  return address === undefined ? faults : [...faults, ...kindFaults(address, options)]
}

/** What is wrong with targets beside one another: aliases, and who depends on whom. */
export function mapFaults(targets: TargetMap): { alias: string; fault: TargetFault }[] {
  const aliases = Object.keys(targets)
  const fault = (alias: string, key: keyof TargetOptions, reason: string) => ({
    alias,
    fault: { key, reason },
  })
  const excess = aliases[MAX_TARGETS]
  if (excess !== undefined) return [fault(excess, 'url', `more than ${MAX_TARGETS} targets`)]
  const needs = (alias: string | undefined) => {
    const target = alias === undefined ? undefined : targets[alias]
    return typeof target === 'object' ? target.dependsOn : undefined
  }
  return aliases.flatMap((alias) => {
    if (!ALIAS.test(alias)) return [fault(alias, 'url', 'an alias is 1 to 128 letters, digits and . _ : @ -')]
    const first = needs(alias)
    if (first === undefined) return []
    if (!Object.hasOwn(targets, first))
      return [fault(alias, 'dependsOn', `there is no target ${JSON.stringify(first)}`)]
    const seen = new Set([alias])
    for (let next: string | undefined = first; next !== undefined; next = needs(next)) {
      if (seen.has(next)) return [fault(alias, 'dependsOn', 'targets depend on one another in a circle')]
      seen.add(next)
    }
    return []
  })
}

/** All targets, sorted by alias. @throws MetricsError `invalid` for the first fault. */
export function readTargets(targets: TargetMap, defaults: TargetDefaults = {}): Target[] {
  const faults = Object.entries(targets).flatMap(([alias, given]) =>
    targetFaults(given, defaults).map((fault) => ({ alias, fault })),
  )
  const [first] = [...faults, ...mapFaults(targets)]
  if (first !== undefined) {
    const { alias, fault } = first
    throw new MetricsError('invalid', `cannot watch ${JSON.stringify(alias)}: ${fault.key}: ${fault.reason}`)
  }
  return Object.entries(targets)
    .map(([alias, given]) => readTarget(alias, optionsOf(given, defaults)))
    .sort((a, b) => (a.alias < b.alias ? -1 : 1))
}

function readTarget(alias: string, options: TargetOptions): Target {
  const address = parseAddress(options.url)
  const { intervalMs = DEFAULT_INTERVAL_MS } = options
  return {
    alias,
    address,
    options,
    intervalMs,
    timeoutMs: options.timeoutMs ?? Math.min(DEFAULT_TIMEOUT_MS, intervalMs),
    retries: options.retries ?? 0,
    startPeriodMs: options.startPeriodMs ?? 0,
    quiet: (options.quiet ?? []).map(parseQuiet),
    displayName: options.displayName ?? alias,
    group: options.group,
    dependsOn: options.dependsOn,
    graceMs: options.graceMs ?? address.graceMs ?? DEFAULT_GRACE_MS,
    record: options.record ?? (address.record as RecordType | undefined) ?? 'A',
    fingerprint: JSON.stringify({ ...options, displayName: undefined, group: undefined }),
  }
}

function optionsOf(given: string | TargetOptions, defaults: TargetDefaults): TargetOptions {
  const { intervalMs, timeoutMs, retries } = defaults
  const options = typeof given === 'string' ? { url: given } : given
  // A target with an interval of its own, shorter than the common time limit, has that for its limit.
  const own = options.intervalMs ?? intervalMs
  const limit = timeoutMs === undefined || own === undefined ? timeoutMs : Math.min(timeoutMs, own)
  return {
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(limit === undefined ? {} : { timeoutMs: limit }),
    ...(retries === undefined ? {} : { retries }),
    ...options,
  }
}

/** Options that do not go with the kind of the address, and values that its kind does not know. */
function kindFaults(address: Address, options: TargetOptions): TargetFault[] {
  const { kind, secure } = address
  const special = [...Object.values(OPTIONS_OF).flat(), ...TLS_OPTIONS]
  const allowed = [...OPTIONS_OF[kind], ...(secure || kind === 'http' ? TLS_OPTIONS : [])]
  const given = special.filter((key, i) => special.indexOf(key) === i && options[key] !== undefined)
  const faults: TargetFault[] = given
    .filter((key) => !allowed.includes(key))
    .map((key) => ({ key, reason: `does not go with ${address.text}` }))
  const { record } = address
  if (record !== undefined && !(RECORD_TYPES as readonly string[]).includes(record))
    faults.push({ key: 'url', reason: `type ${record} is not known: allowed are ${RECORD_TYPES.join(', ')}` })
  if (kind === 'dns' && address.host !== '' && isIP(address.host) === 0)
    faults.push({
      key: 'url',
      reason: 'a name server is given by its address, such as dns://192.0.2.1/example.org',
    })
  if (address.graceMs !== undefined) faults.push(...numberFaults({ graceMs: address.graceMs }))
  return faults
}
