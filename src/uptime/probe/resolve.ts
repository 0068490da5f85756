/**
 * Names → addresses, without threads.
 *
 * `dns.lookup` occupies one of libuv's four threads for as long as a name server does not answer: four such names
 * would hold up all others, and every write to disk. So names are asked for by c-ares, which only uses sockets; the
 * hosts file is read first, as the system does, and what no name server knows (mDNS, search domains) is left to
 * `dns.lookup`, two at a time. Two checks that want one name at one time share the question, not the connection.
 */
import { type LookupAddress, lookup, Resolver } from 'node:dns'
import { readFileSync, statSync } from 'node:fs'
import { isIP, type LookupFunction } from 'node:net'
import { errnoOf } from '../../utils/index.ts'

const HOSTS = '/etc/hosts'
/** How long what was read of the system's files is taken for true. */
const FRESH_MS = 10_000
/** Threads that `dns.lookup` may occupy. */
const MAX_LOOKUPS = 2
/** Source: resolv.conf(5): the default is 5 s and two tries. */
const QUERY = { timeout: 2500, tries: 2 }

/** What is there is used when the other family has not answered for so long. Source: RFC 8305, 3. */
const OTHER_FAMILY_MS = 50

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

/** Finds addresses for the probes of one source. */
export class Names {
  readonly #servers: readonly string[] | undefined
  readonly #asked = new Map<string, Answer[]>()
  readonly #waiting: (() => void)[] = []
  #lookups = 0
  #resolver: Resolver | undefined
  #resolverAt = 0
  #hosts = new Map<string, LookupAddress[]>()
  #hostsAt = Number.NEGATIVE_INFINITY
  #hostsRead = 0

  /**
   * @param servers Name servers, `address` or `address:port`; the system's when not given. Throws for what is no
   * address.
   */
  constructor(servers?: readonly string[]) {
    this.#servers = servers
    if (servers !== undefined) this.#newResolver()
  }

  /** As `net.connect` wants it. */
  readonly lookup: LookupFunction = (hostname, { all, family }, callback) => {
    this.resolve(hostname, (error, found) => {
      const wanted = family === 4 || family === 6 ? found.filter((one) => one.family === family) : found
      const [first] = wanted
      if (error !== null || first === undefined) callback(error ?? notFound(hostname), '', 0)
      else if (all) callback(null, wanted)
      else callback(null, first.address, first.family)
    })
  }

  /** Addresses of a name, IPv4 first. */
  resolve(hostname: string, answer: Answer): void {
    const name = hostname.toLowerCase().replace(/\.$/, '')
    const known = this.#fromHosts(name)
    if (known !== undefined) {
      // As from everywhere else: after the caller has gone on.
      process.nextTick(answer, null, known)
      return
    }
    const others = this.#asked.get(name)
    if (others !== undefined) {
      others.push(answer)
      return
    }
    this.#asked.set(name, [answer])
    this.#ask(name, (error, addresses) => {
      const answers = this.#asked.get(name) ?? []
      this.#asked.delete(name)
      for (const each of answers) each(error, addresses)
    })
  }

  /** Gives up all questions. */
  close(): void {
    this.#resolver?.cancel()
    this.#waiting.length = 0
  }

  #ask(name: string, answer: Answer): void {
    const now = performance.now()
    // The system's name servers may have changed since.
    if (this.#resolver === undefined || (this.#servers === undefined && now - this.#resolverAt > FRESH_MS))
      this.#newResolver()
    const resolver = this.#resolver!
    const found: LookupAddress[][] = [[], []]
    let left = 2
    let failure: NodeJS.ErrnoException | null = null
    let patience: NodeJS.Timeout | undefined
    let told = false
    const tell = () => {
      clearTimeout(patience)
      if (told) return
      told = true
      const addresses = found.flat()
      if (addresses.length > 0) answer(null, addresses)
      else if (this.#servers === undefined && isUnknown(failure)) this.#askSystem(name, answer)
      else answer(failure, [])
    }
    const arrived =
      (place: 0 | 1, family: 4 | 6) => (error: NodeJS.ErrnoException | null, list: string[]) => {
        if (error === null) found[place] = list.map((address) => ({ address, family }))
        else if (failure === null || family === 4) failure = error
        if (--left === 0) tell()
        // Some name servers never answer about a family that they do not know.
        else if (error === null && list.length > 0) patience = setTimeout(tell, OTHER_FAMILY_MS)
      }
    resolver.resolve4(name, arrived(0, 4))
    resolver.resolve6(name, arrived(1, 6))
  }

  #askSystem(name: string, answer: Answer): void {
    if (this.#lookups >= MAX_LOOKUPS) {
      this.#waiting.push(() => this.#askSystem(name, answer))
      return
    }
    this.#lookups++
    lookup(name, { all: true }, (error, addresses) => {
      this.#lookups--
      answer(error, addresses ?? [])
      this.#waiting.shift()?.()
    })
  }

  #newResolver(): void {
    const resolver = new Resolver(QUERY)
    if (this.#servers !== undefined) resolver.setServers([...this.#servers])
    this.#resolver = resolver
    this.#resolverAt = performance.now()
  }

  #fromHosts(name: string): LookupAddress[] | undefined {
    const now = performance.now()
    if (now - this.#hostsAt > FRESH_MS) {
      this.#hostsAt = now
      this.#readHosts()
    }
    const known = this.#hosts.get(name)
    if (known !== undefined || (name !== 'localhost' && !name.endsWith('.localhost'))) return known
    // Source: RFC 6761, 6.3: names below localhost never leave the machine.
    return [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]
  }

  #readHosts(): void {
    try {
      const { mtimeMs } = statSync(HOSTS)
      if (mtimeMs === this.#hostsRead) return
      this.#hostsRead = mtimeMs
      this.#hosts = parseHosts(readFileSync(HOSTS, 'utf8'))
    } catch {
      // Without that file there are only the name servers.
      this.#hosts = new Map()
    }
  }
}

/** Names of a hosts file, in lower case. Source: hosts(5). */
export function parseHosts(text: string): Map<string, LookupAddress[]> {
  const hosts = new Map<string, LookupAddress[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0) continue
    for (const name of names) {
      const key = name.toLowerCase()
      hosts.set(
        key,
        [...(hosts.get(key) ?? []), { address, family }].sort((a, b) => a.family - b.family),
      )
    }
  }
  return hosts
}

/** Whether no name server knows the name, or there is none to ask. */
function isUnknown(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA', 'ECONNREFUSED'].includes(errnoOf(error) ?? '')
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address of ${hostname}`), { code: 'ENOTFOUND' })
}
