/** The reason of a failed connection in words, and whose fault it is. */
import { errnoOf, messageOf } from '../../utils/index.ts'
import type { Attempt } from './attempt.ts'

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
  EHOSTDOWN: 'host is down',
}
/** Words of name servers and of getaddrinfo. */
const NO_NAME = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME', 'EBADNAME'])
const DNS_FAILURES: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'DNS did not answer',
  ETIMEOUT: 'DNS did not answer',
  ESERVFAIL: 'DNS could not answer (SERVFAIL)',
  EREFUSED: 'DNS refused to answer',
  EFORMERR: 'DNS did not understand (FORMERR)',
  EBADRESP: 'DNS sent an answer that cannot be read',
  ENOTIMP: 'DNS does not know that type',
}
/** What this machine lacks. */
const LACKS: Readonly<Record<string, string>> = {
  EMFILE: 'this program has no file descriptors left',
  ENFILE: 'this machine has no file descriptors left',
  EADDRNOTAVAIL: 'this machine has no free port or address',
  ENOBUFS: 'this machine has no buffers left',
  ENOMEM: 'this machine has no memory left',
  EAGAIN: 'this machine has no processes left',
}

/** Ends an attempt by what its socket, request or resolver threw. */
export function failBy(attempt: Attempt, error: unknown, host: string): void {
  const code = errnoOf(error) ?? ''
  const lack = LACKS[code]
  if (lack !== undefined) attempt.fail(`cannot check: ${lack}`, { blame: 'machine' })
  else attempt.fail(reasonOf(error, code, host))
}

function reasonOf(error: unknown, code: string, host: string): string {
  if (NO_NAME.has(code)) return `no DNS name ${JSON.stringify(host)}`
  const known = REASONS[code] ?? DNS_FAILURES[code]
  if (known !== undefined) return known
  // Several addresses were tried: the reason of the first stands for all.
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : []
  return first === undefined ? messageOf(error) : reasonOf(first, errnoOf(first) ?? '', host)
}
