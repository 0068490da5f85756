/** What is wrong with a target's certificate, in words. */
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'

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
 * When the first certificate of a chain expires (Unix seconds; undefined where there is none to read), and what is
 * wrong.
 */
export function judgeCertificate(
  socket: TLSSocket,
  { name, verify, days }: CertificateRules,
  nowMs: number,
): { expiry: number | undefined; failure: string | undefined } {
  const certificate = socket.getPeerCertificate(true)
  const expiry = earliestExpiry(certificate)
  if (verify) {
    if (expiry !== undefined && expiry * 1000 <= nowMs)
      return { expiry, failure: `certificate expired on ${dateOf(expiry)}` }
    if (!socket.authorized) return { expiry, failure: failureOf(socket, certificate, name) }
  }
  const left = expiry === undefined ? 0 : (expiry * 1000 - nowMs) / 1000 / DAY_S
  if (days > 0 && left < days) {
    const failure = `certificate expires in ${Math.floor(left)} days, on ${dateOf(expiry ?? 0)}: at least ${days} are wanted`
    return { expiry, failure }
  }
  return { expiry, failure: undefined }
}

function failureOf(socket: TLSSocket, certificate: DetailedPeerCertificate, name: string): string {
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
    case 'CERT_HAS_EXPIRED':
      return `certificate expired on ${certificate.valid_to}`
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

/** Unix seconds; a root that signs itself counts as any other. */
function earliestExpiry(leaf: DetailedPeerCertificate): number | undefined {
  let earliest: number | undefined
  let certificate: DetailedPeerCertificate | undefined = leaf
  for (let depth = 0; depth < MAX_CHAIN && certificate?.valid_to !== undefined; depth++) {
    const ms = Date.parse(certificate.valid_to)
    if (Number.isFinite(ms)) earliest = Math.min(earliest ?? Number.POSITIVE_INFINITY, ms / 1000)
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate
    certificate = issuer === certificate ? undefined : issuer
  }
  return earliest
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10)
}
