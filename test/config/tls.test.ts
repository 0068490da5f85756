import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { pemFolder } from '../support/pem.ts'

/** All that connect by the same keys: where each is written, and its own keys. */
const CONNECTING = [
  { section: 'readers', type: 'expvar', own: ['endpoint: https://app.example'] },
  { section: 'recorders', type: 'elasticsearch', own: ['endpoint: https://a.example', 'index_name: x'] },
  { section: 'recorders', type: 'opensearch', own: ['endpoint: https://a.example', 'index_name: x'] },
  { section: 'recorders', type: 'prometheus_remote_write', own: ['endpoint: https://a.example'] },
  { section: 'recorders', type: 'otlp', own: ['endpoint: https://a.example'] },
] as const

const privateKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })

describe.each(CONNECTING)('the keys of TLS in $section of type $type', ({ section, type, own }) => {
  const parse = (folder: string, ...lines: string[]) => {
    const written = [
      `${section}:`,
      '  a:',
      ...[`type: ${type}`, ...own, ...lines].map((line) => `    ${line}`),
    ]
    const config = parseConfig(written.join('\n'), join(folder, 'treering.yaml'), {})
    const a = config[section].a as unknown as Record<string, unknown>
    return section === 'readers' ? a : (a.options as Record<string, unknown>)
  }
  /** All that is told of a file with these lines. */
  const faultsOf = (folder: string, ...lines: string[]) => {
    try {
      parse(folder, ...lines)
      return []
    } catch (error) {
      return (error as Error).message.split('\n').map((line) => line.replaceAll(folder, '.'))
    }
  }
  /** Line of the first of those lines: the section, the name, the type and its own keys are above. */
  const first = 4 + own.length
  const told = (line: number, key: string) => `./treering.yaml:${line}: ${section}.a.${key}: `

  it('name files below the folder of the configuration, or absolute ones', () => {
    const folder = pemFolder('ca.pem', 'tls/me.pem', 'me.key')
    const lines = ['ca: ca.pem', 'cert: ./tls/me.pem', `key: ${folder}/me.key`, 'insecure: true']
    expect(parse(folder, ...lines)).toMatchObject({
      ca: join(folder, 'ca.pem'),
      cert: join(folder, 'tls/me.pem'),
      key: join(folder, 'me.key'),
      insecure: true,
    })
  })

  it('name files below it, too, whose names look like numbers', () => {
    const folder = pemFolder('2027')
    expect(parse(folder, 'ca: 2027')).toMatchObject({ ca: join(folder, '2027') })
  })

  it('are not there where nothing was written', () => {
    for (const key of ['ca', 'cert', 'key', 'insecure']) expect(parse('/etc')).not.toHaveProperty(key)
  })

  it.each(['ca', 'cert', 'key'])('tell the line of a missing %s', (missing) => {
    const folder = pemFolder('there.pem')
    const lines = ['ca', 'cert', 'key'].map((key) => `${key}: ${key === missing ? 'none.pem' : 'there.pem'}`)
    const line = first + ['ca', 'cert', 'key'].indexOf(missing)
    expect(faultsOf(folder, ...lines)).toEqual([
      `${told(line, missing)}cannot read ./none.pem: ENOENT: no such file or directory, open './none.pem'`,
    ])
  })

  it.each(['ca', 'cert', 'key'])('tell the line of a %s that is no PEM file', (wrong) => {
    const folder = pemFolder('there.pem')
    writeFileSync(join(folder, 'wrong.pem'), Buffer.from([0x30, 0x82, 0x01, 0x0a]))
    const lines = ['ca', 'cert', 'key'].map((key) => `${key}: ${key === wrong ? 'wrong.pem' : 'there.pem'}`)
    const line = first + ['ca', 'cert', 'key'].indexOf(wrong)
    expect(faultsOf(folder, ...lines)).toEqual([
      `${told(line, wrong)}cannot read ./wrong.pem: it is no PEM file`,
    ])
  })

  it('tell the line of a folder and of an empty text, each once', () => {
    const folder = pemFolder('there.pem')
    expect(faultsOf(folder, 'insecure: false', 'ca: .')).toEqual([
      `${told(first + 1, 'ca')}cannot read .: EISDIR: illegal operation on a directory, read`,
    ])
    expect(faultsOf(folder, 'ca: ""')).toEqual([`${told(first, 'ca')}expected at least one character`])
    expect(faultsOf(folder, 'ca: [there.pem]')).toEqual([`${told(first, 'ca')}expected a text or a number`])
  })

  it.each(['cert', 'key'])('tell the line of a %s that is there alone', (alone) => {
    const folder = pemFolder('there.pem')
    expect(faultsOf(folder, 'ca: there.pem', `${alone}: there.pem`)).toEqual([
      `${told(first + 1, alone)}give both cert and key`,
    ])
  })

  it('tell of a certificate and a key that are not of one another', () => {
    const folder = pemFolder('there.pem')
    writeFileSync(join(folder, 'other.pem'), privateKey())
    expect(faultsOf(folder, 'cert: there.pem', 'key: other.pem')).toEqual([
      expect.stringContaining(
        `${told(first + 1, 'key')}./there.pem and ./other.pem are no certificate with its key: `,
      ),
    ])
  })

  it('tell of authorities that are none', () => {
    const folder = pemFolder()
    writeFileSync(join(folder, 'key.pem'), privateKey())
    writeFileSync(
      join(folder, 'garbage.pem'),
      '-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n',
    )
    expect(faultsOf(folder, 'ca: key.pem')).toEqual([
      `${told(first, 'ca')}cannot read ./key.pem: it holds no certificate`,
    ])
    expect(faultsOf(folder, 'ca: garbage.pem')).toEqual([
      expect.stringContaining(
        `${told(first, 'ca')}cannot read ./garbage.pem: its first certificate is none: `,
      ),
    ])
  })

  it.each(['ca', 'cert', 'key'])('make other settings where the bytes of %s are others', (renewed) => {
    const folder = pemFolder('ca', 'cert', 'key')
    const settings = () => parse(folder, 'ca: ca', 'cert: cert', 'key: key')
    const before = settings()
    expect(settings()).toEqual(before)
    writeFileSync(join(folder, renewed), `\n${readFileSync(join(folder, renewed), 'latin1')}`)
    expect(settings()).not.toEqual(before)
  })

  it('tell of missing files beside all else that is wrong', () => {
    expect(faultsOf(pemFolder(), 'timeout: 1', 'ca: none.pem', 'cert: me.pem', 'insecure: yes')).toEqual([
      expect.stringContaining(told(first, 'timeout')),
      expect.stringContaining(`${told(first + 1, 'ca')}cannot read ./none.pem: ENOENT`),
      expect.stringContaining(`${told(first + 2, 'cert')}cannot read ./me.pem: ENOENT`),
      `${told(first + 3, 'insecure')}expected true or false`,
    ])
    expect(faultsOf(pemFolder(), 'cert: me.pem').map((line) => line.replace(/: ENOENT.*/, ''))).toEqual([
      `${told(first, 'cert')}cannot read ./me.pem`,
      `${told(first, 'cert')}give both cert and key`,
    ])
  })
})
