/** `dns`: a name server answers, and with what is expected. */
import { type AnyRecord, Resolver } from 'node:dns'
import type { RecordType } from '../target/index.ts'
import { Attempt } from './attempt.ts'
import type { Probe } from './probe.ts'
import { failBy } from './reason.ts'

/** What is asked of a name server. */
export interface DnsRules {
  readonly name: string
  readonly record: RecordType
  /** `address` or `address:port`; empty: the system's. */
  readonly servers: readonly string[]
  /** Answers that must be among those given, as `dig +short` prints them, with or without its quotes; empty is content with any. */
  readonly answers: readonly string[]
  readonly timeoutMs: number
}

/** Phase `dns`. The question is never answered from a cache of ours. */
export function dnsProbe({ name, record, servers, answers, timeoutMs }: DnsRules): Probe {
  return (done) => {
    const attempt = new Attempt(done)
    attempt.expect(`DNS answer for ${name}`)
    // Its own limit lies behind that of the check, which says what it waited for.
    const resolver = new Resolver({ timeout: timeoutMs + 1000, tries: 1 })
    if (servers.length > 0) resolver.setServers(servers)
    attempt.hold(() => resolver.cancel())
    resolver.resolve(name, record, (error, found) => {
      if (attempt.ended) return
      attempt.reach('dns')
      if (error !== null) {
        if (error.code === 'ENODATA') attempt.fail(`${name} has no record of type ${record}`)
        else if (error.code === 'ECONNREFUSED') attempt.fail('connection refused by the name server')
        else failBy(attempt, error, name)
        return
      }
      const given = (Array.isArray(found) ? (found as unknown[]) : [found]).map(textOf)
      const missing = answers.find((answer) => !isGiven(answer, given))
      if (missing === undefined) attempt.succeed()
      else attempt.fail(`${name} is ${given.slice(0, 4).join(', ')}, expected ${missing}`)
    })
    return attempt
  }
}

/** Texts of TXT and CAA are looked for as they are, and without the quotes and escapes with which `dig +short` prints them. */
function isGiven(answer: string, given: readonly string[]): boolean {
  const unquoted = answer.replace(/"((?:[^"\\]|\\.)*)"(?:\s+(?="))?/g, (_, text: string) =>
    // Source: RFC 1035, 5.1: \DDD is a byte, before anything else a backslash only stands for what follows.
    text.replace(/\\(\d{3}|.)/g, (_, escaped: string) =>
      escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
    ),
  )
  return given.includes(answer.toLowerCase()) || given.includes(unquoted.toLowerCase())
}

/** An answer as `dig +short` prints it, in lower case, without the last dot and without quotes. */
function textOf(answer: unknown): string {
  return words(answer).toLowerCase()
}

function words(answer: unknown): string {
  if (typeof answer === 'string') return answer
  if (Array.isArray(answer)) return answer.join('')
  const record = answer as Record<string, unknown> & Partial<AnyRecord>
  if ('exchange' in record) return `${record.priority} ${record.exchange}`
  if ('port' in record) return `${record.priority} ${record.weight} ${record.port} ${record.name}`
  if ('nsname' in record) {
    return `${record.nsname} ${record.hostmaster} ${record.serial} ${record.refresh} ${record.retry} ${record.expire} ${record.minttl}`
  }
  const [tag, value] = Object.entries(record).find(([key]) => key !== 'critical') ?? []
  return `${record.critical ?? 0} ${tag} ${value}`
}
