/** What is wrong with a target's certificate, in words. */
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { counted } from '../../utils/index.ts'

const DAY_S = 86_400
/** Certificates of a chain that are looked at. */
const MAX_CHAIN = 10

/** What is asked of a certificate. */
export interface CertificateRules {
  /** The name it must be for. */
  readonly name: string
  /** Whether it must be valid at all. */
  readonly verify: boolean
  /** It must be valid for so many days more; 0 wants nothing. */
  readonly days: number
}

/**
 * When the first certificate of the chain that was verified expires, of one that was not the target's own (Unix
 * seconds; undefined where there is none to read), and what is wrong.
 */
export function judgeCertificate(
  socket: TLSSocket,
  { name, verify, days }: CertificateRules,
  nowMs: number,
): { expiry: number | undefined; failure: string | undefined } {
  const certificate = socket.getPeerCertificate(true)
  const [own, ...issuers] = expiriesOf(certificate)
  if (verify && !socket.authorized)
    return { expiry: own, failure: failureOf(socket, certificate, name, nowMs) }
  // One that expired and was sent all the same, as a root's older form, is none that a valid chain rests on.
  const valid = socket.authorized ? issuers.filter((expiry) => expiry * 1000 > nowMs) : []
  const expiry = own === undefined ? undefined : Math.min(own, ...valid)
  const left = expiry === undefined ? 0 : (expiry * 1000 - nowMs) / 1000 / DAY_S
  if (days > 0 && left < days) {
    const when = `in ${counted(Math.floor(left), 'day')}, on ${dateOf(expiry ?? 0)}`
    const failure = `certificate expires ${when}: at least ${days} ${days === 1 ? 'is' : 'are'} wanted`
    return { expiry, failure }
  }
  return { expiry, failure: undefined }
}

function failureOf(
  socket: TLSSocket,
  certificate: DetailedPeerCertificate,
  name: string,
  nowMs: number,
): string {
  const code = String(socket.authorizationError)
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const names = (certificate.subjectaltname ?? certificate.subject?.CN ?? 'no name')
        .toString()
        .replace(/\b(?:DNS|IP Address):/g, '')
      return `certificate is for ${names}, not for ${name}`
    }
    case 'CERT_NOT_YET_VALID':
      return `certificate is not valid before ${certificate.valid_from}`
    case 'CERT_HAS_EXPIRED': {
      const [own = 0, ...issuers] = expiriesOf(certificate)
      const first = Math.min(...issuers)
      return own * 1000 <= nowMs || issuers.length === 0
        ? `certificate expired on ${dateOf(own)}`
        : `certificate of its issuer expired on ${dateOf(first)}`
    }
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'certificate is self-signed'
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return "certificate's issuer is not trusted"
    default:
      return `certificate is not valid (${code})`
  }
}

/** Unix seconds of each certificate that was sent or found, the target's own first; a root counts as any other. */
function expiriesOf(leaf: DetailedPeerCertificate): number[] {
  const expiries: number[] = []
  let certificate: DetailedPeerCertificate | undefined = leaf
  for (let depth = 0; depth < MAX_CHAIN && certificate?.valid_to !== undefined; depth++) {
    const ms = Date.parse(certificate.valid_to)
    if (!Number.isFinite(ms)) break
    expiries.push(ms / 1000)
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate
    certificate = issuer === certificate ? undefined : issuer
  }
  return expiries
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
