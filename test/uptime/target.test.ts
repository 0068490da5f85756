import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAddress, parseStatuses } from '../../src/uptime/target/address.ts'
import { isQuiet, parseQuiet } from '../../src/uptime/target/quiet.ts'
import { mapFaults, readTargets, targetFaults } from '../../src/uptime/target/target.ts'
import { newFolder } from '../support/folder.ts'
import { Authority } from './certificates.ts'

describe('an address', () => {
  test.each([
    ['http://example.org', { kind: 'http', host: 'example.org', port: 80, secure: false }],
    ['HTTPS://[::1]:8443/x?y', { kind: 'http', host: '::1', port: 8443, secure: true }],
    ['tcp://127.0.0.1:5432', { kind: 'tcp', host: '127.0.0.1', port: 5432 }],
    ['tcp://[2001:db8::1]:22', { kind: 'tcp', host: '2001:db8::1', port: 22 }],
    ['tls://mail.example.org', { kind: 'tls', host: 'mail.example.org', port: 443, secure: true }],
    ['wss://example.org/ws', { kind: 'ws', port: 443, secure: true }],
    ['icmp://router_1', { kind: 'icmp', host: 'router_1' }],
    ['dns:example.org', { kind: 'dns', host: '', name: 'example.org', record: undefined }],
    ['dns://example.org', { kind: 'dns', host: '', name: 'example.org' }],
    ['dns:example.org?type=mx', { kind: 'dns', name: 'example.org', record: 'MX' }],
    ['dns://192.0.2.1:5353/example.org', { kind: 'dns', host: '192.0.2.1', port: 5353, name: 'example.org' }],
    ['push', { kind: 'push', graceMs: undefined }],
    ['push:', { kind: 'push', graceMs: undefined }],
    ['push:25h', { kind: 'push', graceMs: 90_000_000 }],
    ['https://me:secret@example.org/', { kind: 'http', text: 'https://me:…@example.org/' }],
    ['http://me:p@ss@h/', { host: 'h', text: 'http://me:…@h/' }],
    ['http:me:secret@h/', { host: 'h', text: 'http://me:…@h/' }],
    ['http:/me:secret@h/', { host: 'h', text: 'http://me:…@h/' }],
    ['http:\\\\me:secret@h/', { host: 'h', text: 'http://me:…@h/' }],
    ['https://TOKEN@h/x', { host: 'h', text: 'https://…@h/x' }],
    ['tcp://me:secret@h:1', { kind: 'tcp', text: 'tcp://me:…@h:1' }],
    ['http://h/?mail=a@b.example', { text: 'http://h/?mail=a@b.example' }],
  ])('%s is read', (text, address) => {
    expect(parseAddress(text)).toMatchObject(address)
  })

  test.each([
    ['', 'allowed are http://'],
    ['example.org', 'allowed are http://'],
    ['ftp://example.org', 'allowed are http://'],
    ['constructor://x', 'allowed are http://'],
    ['http://', 'it is no URL'],
    ['tcp://127.0.0.1', 'it has no port: expected tcp://host:port'],
    ['icmp://-f', 'it has no host'],
    ['icmp://a%20b', 'it has no host'],
    ['dns:', 'expected dns:example.org'],
    ['http://x:0/', 'nobody listens on port 0'],
    ['ws://x/#y', 'a WebSocket has no #fragment'],
    ['push:soon', 'invalid duration "soon"'],
    ['http://me:se?cret@h/', 'invalid address "http://…@h/": it is no URL'],
    ['ftp://me:secret@h/', 'invalid address "ftp://me:…@h/": allowed are'],
    ['me:secret@h', 'invalid address "me:…@h": allowed are'],
  ])('%j is refused', (text, reason) => {
    expect(() => parseAddress(text)).toThrow(reason)
  })

  test('never throws anything but a reason, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `tcp://${text}`),
        ),
        (text) => {
          try {
            parseAddress(text)
          } catch (error) {
            expect(error).toMatchObject({ code: 'invalid' })
          }
        },
      ),
    )
  })
})

describe('statuses', () => {
  test('are ranges', () => {
    expect(parseStatuses('200-299, 301,400-404')).toEqual([
      [200, 299],
      [301, 301],
      [400, 404],
    ])
    for (const text of ['', '20', '200-', '399-200', '200-700', 'ok', '2xx'])
      expect(() => parseStatuses(text)).toThrow('expected 100 to 599')
  })
})

describe('quiet windows', () => {
  const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, 22 + day, hour, minute).getTime()

  test.each([
    ['02:00-04:00', [at(0, 2), at(3, 3, 59)], [at(0, 1, 59), at(0, 4)]],
    ['22:00-06:00', [at(0, 22), at(1, 5, 59), at(1, 0)], [at(0, 6), at(0, 21, 59)]],
    // 22 November 2026 is a Sunday.
    ['Sun 22:00-06:00', [at(0, 22), at(1, 5)], [at(0, 5), at(1, 22)]],
    ['Fri-Mon 00:00-24:00', [at(0, 0), at(1, 23), at(5, 1), at(6, 1)], [at(2, 1), at(4, 1)]],
    ['mon,Wednesday 12:00 - 13:00', [at(1, 12), at(3, 12)], [at(2, 12)]],
  ])('%s', (text, inside, outside) => {
    const windows = [parseQuiet(text)]
    for (const ms of inside) expect(isQuiet(windows, ms), new Date(ms).toString()).toBe(true)
    for (const ms of outside) expect(isQuiet(windows, ms), new Date(ms).toString()).toBe(false)
  })

  test.each([
    '',
    '2-4',
    '25:00-26:00',
    '02:00-02:00',
    '02:61-03:00',
    'Foo 02:00-03:00',
    'Mon-Tue-Wed 02:00-03:00',
  ])('%j is refused', (text) => {
    expect(() => parseQuiet(text)).toThrow('expected 02:00-04:00 or Mon-Fri 22:00-06:00')
  })
})

describe('options', () => {
  test.each([
    [{ url: 'http://a', intervalMs: 999 }, 'intervalMs', 'allowed are 1s to 24h'],
    [{ url: 'http://a', intervalMs: 86_400_001 }, 'intervalMs', 'allowed are 1s to 24h'],
    [{ url: 'http://a', intervalMs: 2000, timeoutMs: 3000 }, 'timeoutMs', 'allowed are 1ms to the interval'],
    [{ url: 'http://a', timeoutMs: 6000 }, 'timeoutMs', 'allowed are 1ms to the interval'],
    [{ url: 'http://a', retries: 1.5 }, 'retries', 'allowed are 0 to 100'],
    [{ url: 'http://a', expectStatus: '99' }, 'expectStatus', 'expected 100 to 599'],
    [{ url: 'http://a', quiet: ['x'] }, 'quiet', 'expected 02:00-04:00'],
    [{ url: 'tcp://a:1', method: 'GET' }, 'method', 'does not go with tcp://a:1'],
    [{ url: 'tcp://a:1', verify: false }, 'verify', 'does not go with tcp://a:1'],
    [{ url: 'http://a', method: 'GET /' }, 'method', 'expected a word such as GET'],
    [{ url: 'http://a', headers: { 'a b': '' } }, 'headers', '"a b" is no lawful header'],
    [{ url: 'http://a', headers: { a: 'x\r\ny: z' } }, 'headers', '"a" is no lawful header'],
    [{ url: 'http://a', headers: { Trailer: 'x' } }, 'headers', '"Trailer" follows from the body'],
    [{ url: 'ws://a', headers: { 'transfer-encoding': 'x' } }, 'headers', 'it cannot be given'],
    [{ url: 'http://a', method: 'connect' }, 'method', 'CONNECT asks for a tunnel'],
    [{ url: 'ws://a', verify: false }, 'verify', 'does not go with ws://a'],
    [{ url: 'icmp://a', send: 'x' }, 'send', 'does not go with icmp://a'],
    [{ url: 'dns:a?type=X' }, 'url', 'type X is not known: allowed are A, AAAA'],
    [{ url: 'dns://ns.example/a' }, 'url', 'a name server is given by its address'],
    [{ url: 'push:10ms' }, 'graceMs', 'allowed are 1s and more'],
  ])('%j is refused', (options, key, reason) => {
    expect(targetFaults(options)).toEqual([{ key, reason: expect.stringContaining(reason) }])
  })

  test('that are right have no fault, and a common time limit gives way to a short interval', () => {
    const ca = join(newFolder(), 'ca.pem')
    writeFileSync(ca, new Authority().pem)
    expect(targetFaults({ url: 'https://a', verify: false, ca, certificateDays: 3 })).toEqual([])
    expect(targetFaults({ url: 'http://a', verify: false })).toEqual([])
    expect(targetFaults({ url: 'wss://a', headers: {}, send: 'x', expectReply: 'y', verify: false })).toEqual(
      [],
    )
    const [target] = readTargets({ a: { url: 'http://a', intervalMs: 1000 } }, { timeoutMs: 5000 })
    expect(target).toMatchObject({ intervalMs: 1000, timeoutMs: 1000 })
    expect(readTargets({ a: 'http://a' })[0]).toMatchObject({ intervalMs: 5000, timeoutMs: 5000, retries: 0 })
  })

  test('of all targets must go together', () => {
    const url = 'http://a'
    const fault = (map: Parameters<typeof mapFaults>[0]) =>
      mapFaults(map).map(({ alias, fault: { key, reason } }) => `${alias} ${key} ${reason}`)
    expect(fault({ a: url, b: { url, dependsOn: 'a' }, 'ä.1_x:y@z-': url })).toEqual([])
    expect(fault({ a: { url, dependsOn: 'b' } })).toEqual(['a dependsOn there is no target "b"'])
    expect(fault({ a: { url, dependsOn: 'a' } })).toEqual([
      'a dependsOn targets depend on one another in a circle',
    ])
    expect(fault({ a: { url, dependsOn: 'b' }, b: { url, dependsOn: 'a' } })).toHaveLength(2)
    expect(fault({ a: { url, dependsOn: 'b' }, b: { url, dependsOn: 'b' } })).toHaveLength(2)
    expect(fault({ 'a/b': url })).toEqual(['a/b url an alias is 1 to 128 letters, digits and . _ : @ -'])
    expect(() => readTargets({ x: 'no' })).toThrow('cannot watch "x": url: invalid address "no": allowed are')
  })
})
