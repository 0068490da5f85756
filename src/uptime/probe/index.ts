/** A target's kind → its probe. A new kind is a file, a case here, and its scheme in `address.ts`. */
import { createSecureContext, type SecureContext } from 'node:tls'
import { digestOfFiles, readAuthorities } from '../../utils/index.ts'
import type { Target } from '../target/index.ts'
import { DEFAULT_MAX_BODY_BYTES, parseStatuses } from '../target/index.ts'
import type { TlsRules } from './connect.ts'
import { dnsProbe } from './dns.ts'
import { httpProbe } from './http.ts'
import { icmpProbe } from './icmp.ts'
import type { Probe } from './probe.ts'
import { Heartbeats } from './push.ts'
import { Names } from './resolve.ts'
import { connectProbe } from './tcp.ts'
import { wsProbe } from './ws.ts'

const DEFAULT_STATUSES = '200-399'

/**
 * Makes the probes of one source, which share what costs much and tells nothing of a target: names under way, and
 * trusted certificates.
 */
export class Probes {
  readonly #servers: readonly string[]
  readonly #names: Names
  readonly #contexts = new Map<string, { digest: string | undefined; context: SecureContext }>()
  #common: SecureContext | undefined

  /** @param nameservers `address` or `address:port`; the system's when not given. Throws for what is no address. */
  constructor(nameservers?: readonly string[]) {
    this.#servers = nameservers ?? []
    this.#names = new Names(nameservers)
  }

  /** Throws when the file of `ca` cannot be read, as `readTargets` does before. */
  of(target: Target): { probe: Probe; heartbeats?: Heartbeats } {
    const { address, options, timeoutMs, graceMs, record } = target
    const { kind, host, port, secure } = address
    switch (kind) {
      case 'http':
        return { probe: this.#http(target) }
      case 'ws': {
        const { headers = {}, send, expectReply: reply } = options
        const endpoint = { host, port, tls: secure ? this.#tls(target) : undefined }
        return { probe: wsProbe({ url: address.url!, endpoint, headers, send, reply }, this.#names) }
      }
      case 'tcp':
      case 'tls':
        return {
          probe: connectProbe({ host, port, tls: secure ? this.#tls(target) : undefined }, this.#names),
        }
      case 'icmp':
        return { probe: icmpProbe(host, timeoutMs) }
      case 'dns': {
        const server = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
        const servers = host === '' ? this.#servers : [server]
        const answers = (options.expectAnswer ?? []).map((answer) => answer.replace(/\.$/, ''))
        return { probe: dnsProbe({ name: address.name, record, servers, answers, timeoutMs }) }
      }
      case 'push': {
        const heartbeats = new Heartbeats(graceMs)
        return { probe: heartbeats.probe, heartbeats }
      }
    }
  }

  /** Gives up the names that are being asked for. */
  close(): void {
    this.#names.close()
  }

  #http(target: Target): Probe {
    const { address, options } = target
    const statusText = options.expectStatus ?? DEFAULT_STATUSES
    return httpProbe(
      {
        url: address.url!,
        method: (options.method ?? 'GET').toUpperCase(),
        headers: options.headers ?? {},
        body: options.body,
        statuses: parseStatuses(statusText),
        statusText,
        redirects: options.redirects ?? true,
        answer: {
          maxBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
          text: options.expectText,
          json: options.expectJson,
        },
        // Plain addresses may redirect to ones over TLS.
        tls: this.#tls(target),
      },
      this.#names,
    )
  }

  #tls({ options: { ca, caDigest, verify = true, certificateDays = 0 } }: Target): TlsRules {
    // Those of a file are read at once, so that it can be refused; the many of Node at their first use.
    const own = ca === undefined ? undefined : this.#contextOf(ca, caDigest ?? digestOfFiles([ca]))
    const context = () => own ?? this.#trusting
    return {
      verify,
      certificateDays,
      get context() {
        return context()
      },
    }
  }

  /** Trusts the certificates that Node trusts. */
  get #trusting(): SecureContext {
    this.#common ??= createSecureContext()
    return this.#common
  }

  /** Trusts the certificates of a file: one context for all who name it, until its bytes are others. */
  #contextOf(file: string, digest: string | undefined): SecureContext {
    const kept = this.#contexts.get(file)
    if (kept !== undefined && kept.digest === digest) return kept.context
    const context = createSecureContext({ ca: readAuthorities(file, `ca file ${file}`) })
    this.#contexts.set(file, { digest, context })
    return context
  }
}
