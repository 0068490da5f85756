/** A connection of its own for every check, plain or over TLS, with the time of each of its phases. */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import { errnoOf } from '../../utils/index.ts'
import type { Attempt } from './attempt.ts'
import { judgeCertificate } from './certificate.ts'
import { failBy } from './reason.ts'
import type { Names } from './resolve.ts'

/**
 * Of several addresses one is tried for so long before the next. Differs from Node's 250 ms, which a far target needs
 * alone.
 */
const FAMILY_ATTEMPT_MS = 1000

/** How TLS is spoken. */
export interface TlsRules {
  readonly context: SecureContext
  /** Whether the certificate must be trusted, valid and for this name. */
  readonly verify: boolean
  /** Least days until it expires; 0 wants nothing. */
  readonly certificateDays: number
}

/** Where to connect to. */
export interface Endpoint {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** Undefined: plain. */
  readonly tls?: TlsRules | undefined
}

/**
 * Opens a connection; `opened` gets it when all is well with it, else the attempt fails. Phases `dns`, `connect`,
 * `tls`. Nothing is sent to a target whose certificate is not what is wanted.
 */
export function connect(
  attempt: Attempt,
  { host, port, tls }: Endpoint,
  names: Names,
  opened: (socket: Socket) => void,
): void {
  attempt.expect(isIP(host) === 0 ? `DNS answer for ${host}` : 'connection')
  const where = {
    host,
    port,
    noDelay: true,
    lookup: names.lookup,
    autoSelectFamilyAttemptTimeout: FAMILY_ATTEMPT_MS,
  }
  // One socket for both: a plain one below must not be destroyed while TLS reads from it, which ends the process.
  const socket = tls === undefined ? connectTcp(where) : connectTls({ ...where, ...securely(host, tls) })
  // Gently: what is still to be written, such as the end of the handshake, is.
  attempt.hold((gently) => (gently ? socket.destroySoon() : socket.destroy()))
  let shakingHands = false
  socket.on('error', (error) => {
    const code = errnoOf(error) ?? ''
    if (shakingHands && code === 'ECONNRESET') attempt.fail('closed the connection during the TLS handshake')
    else if (code.startsWith('ERR_SSL_')) attempt.fail(`TLS handshake failed: ${wordsOf(code)}`)
    else failBy(attempt, error, host)
  })
  socket.once('lookup', (error) => {
    if (error !== null || isIP(host) !== 0) return
    attempt.reach('dns')
    attempt.expect('connection')
  })
  socket.once('connect', () => {
    attempt.reach('connect')
    if (tls === undefined) {
      opened(socket)
      return
    }
    shakingHands = true
    attempt.expect('end of the TLS handshake')
  })
  if (tls === undefined) return
  const secured = socket as TLSSocket
  secured.once('secureConnect', () => {
    if (attempt.ended) return
    shakingHands = false
    attempt.reach('tls')
    const rules = { name: host, verify: tls.verify, days: tls.certificateDays }
    const { expiry, failure } = judgeCertificate(secured, rules, Date.now())
    if (expiry !== undefined) attempt.facts.certificateExpiry = expiry
    if (failure !== undefined) attempt.fail(failure)
    else opened(secured)
  })
}

function securely(host: string, { context }: TlsRules): ConnectionOptions {
  return {
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: context,
    ALPNProtocols: ['http/1.1'],
    // Judged when the handshake is done: then the reason can be told, and the certificate be read.
    rejectUnauthorized: false,
  }
}

/** `ERR_SSL_WRONG_VERSION_NUMBER` → `wrong version number` */
function wordsOf(code: string): string {
  return code.replace('ERR_SSL_', '').replaceAll('_', ' ').toLowerCase()
}
