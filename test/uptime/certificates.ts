/** Certificates of whatever name and time, as DER written by hand: no program need be there to make them. */
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'

export interface Made {
  readonly key: string
  readonly cert: string
}

/** A certificate authority, and what it signs. */
export class Authority {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly name: string
  readonly pem: string

  constructor(name = 'test authority') {
    this.name = name
    this.pem = this.signedBy(this)
  }

  /** Its own certificate as another authority signs it, which need not be valid any more. */
  signedBy(other: Authority, { from = -30, to = 3650 }: { from?: number; to?: number } = {}): string {
    return certificate({
      subject: this.name,
      key: this.#keys.publicKey,
      issuer: other.name,
      signer: other.#keys.privateKey,
      from,
      to,
      authority: true,
    })
  }

  /** A certificate for these names (IPv4 addresses too), valid from and to so many days from now. */
  issue(names: readonly string[], { from = -10, to = 90 }: { from?: number; to?: number } = {}): Made {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const cert = certificate({
      subject: names[0]!,
      key: keys.publicKey,
      issuer: this.name,
      signer: this.#keys.privateKey,
      from,
      to,
      names,
    })
    return { cert, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }
}

interface Wanted {
  readonly subject: string
  readonly issuer: string
  readonly key: KeyObject
  readonly signer: KeyObject
  readonly from: number
  readonly to: number
  readonly names?: readonly string[]
  readonly authority?: boolean
}

/** Source: RFC 5280, 4.1. */
function certificate({
  subject,
  issuer,
  key,
  signer,
  from,
  to,
  names = [],
  authority = false,
}: Wanted): string {
  const algorithm = sequence(oid('2a8648ce3d040302'))
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.from([2]))),
    tag(0x02, Buffer.from([1 + Math.floor(Math.random() * 120)])),
    algorithm,
    nameOf(issuer),
    sequence(timeOf(from), timeOf(to)),
    nameOf(subject),
    key.export({ type: 'spki', format: 'der' }),
    tag(
      0xa3,
      sequence(
        extension('551d13', sequence(...(authority ? [tag(0x01, Buffer.from([0xff]))] : []))),
        ...(names.length > 0 ? [extension('551d11', sequence(...names.map(alternative)))] : []),
      ),
    ),
  )
  const signature = createSign('sha256').update(body).sign(signer)
  const der = sequence(body, algorithm, tag(0x03, Buffer.concat([Buffer.from([0]), signature])))
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`
}

function tag(kind: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([kind, ...size]), content])
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(parts))
}

function oid(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, 'hex'))
}

function nameOf(common: string): Buffer {
  return sequence(tag(0x31, sequence(oid('550403'), tag(0x0c, Buffer.from(common)))))
}

function timeOf(days: number): Buffer {
  const text = new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+|[-:T]/g, '')
  return tag(0x18, Buffer.from(text))
}

function extension(id: string, content: Buffer): Buffer {
  return sequence(oid(id), tag(0x04, content))
}

function alternative(name: string): Buffer {
  const address = /^\d+\.\d+\.\d+\.\d+$/.test(name)
  return address ? tag(0x87, Buffer.from(name.split('.').map(Number))) : tag(0x82, Buffer.from(name))
}
