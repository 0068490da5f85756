import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { newFolder } from '../support/folder.ts'
import { Authority } from '../uptime/certificates.ts'

const parse = (lines: readonly string[]) => parseConfig(lines.join('\n'), '/etc/t.yaml', {}).readers

describe('readers of type uptime', () => {
  it('watch three targets in six lines', () => {
    const text = [
      'readers:',
      '  uptime:',
      '    targets:',
      '      home: https://example.org',
      '      db: tcp://127.0.0.1:5432',
      '      backup: push:25h',
    ]
    expect(parse(text).uptime).toEqual({
      type: 'uptime',
      targets: { home: 'https://example.org', db: 'tcp://127.0.0.1:5432', backup: 'push:25h' },
    })
  })

  it('take every option in the words of the file', () => {
    const ca = join(newFolder(), 'ca.pem')
    writeFileSync(ca, new Authority().pem)
    const text = [
      'readers:',
      '  watch:',
      '    type: uptime',
      '    interval: 10s',
      '    timeout: 3s',
      '    retries: 1',
      '    nameservers: [192.0.2.1]',
      '    targets:',
      '      a:',
      '        url: https://example.org',
      '        interval: 1m',
      '        timeout: 2s',
      '        retries: 3',
      '        start_period: 30s',
      '        quiet: 02:00-04:00',
      '        display_name: A',
      '        group: web',
      '        depends_on: b',
      '        method: POST',
      '        headers: { x-a: b }',
      '        body: x',
      '        expect_status: 204',
      '        expect_text: ok',
      '        expect_json: { a.b: [1] }',
      '        redirects: false',
      '        max_body: 1000',
      '        verify: false',
      `        ca: ${ca}`,
      '        certificate_days: 14',
      '      b: { url: "dns:example.org", record: MX, expect_answer: 10 mail.example.org, quiet: ["Sat 00:00-24:00"] }',
      '      c: { url: ws://a/, send: hi, expect_reply: ho }',
      '      d: { url: push, grace: 5m }',
    ]
    expect(parse(text).watch).toEqual({
      type: 'uptime',
      intervalMs: 10_000,
      timeoutMs: 3000,
      retries: 1,
      nameservers: ['192.0.2.1'],
      targets: {
        a: {
          url: 'https://example.org',
          intervalMs: 60_000,
          timeoutMs: 2000,
          retries: 3,
          startPeriodMs: 30_000,
          quiet: ['02:00-04:00'],
          displayName: 'A',
          group: 'web',
          dependsOn: 'b',
          method: 'POST',
          headers: { 'x-a': 'b' },
          body: 'x',
          expectStatus: '204',
          expectText: 'ok',
          expectJson: { 'a.b': [1] },
          redirects: false,
          maxBodyBytes: 1000,
          verify: false,
          ca,
          caDigest: expect.any(String),
          certificateDays: 14,
        },
        b: {
          url: 'dns:example.org',
          record: 'MX',
          expectAnswer: ['10 mail.example.org'],
          quiet: ['Sat 00:00-24:00'],
        },
        c: { url: 'ws://a/', send: 'hi', expectReply: 'ho' },
        d: { url: 'push', graceMs: 300_000 },
      },
    })
  })

  it.each([
    [
      ['    targets:', '      a: ftp://x'],
      ':4: readers.uptime.targets.a: invalid address "ftp://x": allowed are http://',
    ],
    [
      ['    targets:', '      a: http://x', '      a: http://y'],
      ':5: readers.uptime.targets.a: the key is there twice',
    ],
    [['    targets:', '      a/b: http://x'], ':4: readers.uptime.targets.a/b: an alias is 1 to 128 letters'],
    [
      ['    targets:', '      a: 7'],
      ':4: readers.uptime.targets.a: expected an address, or a map with its url',
    ],
    [['    targets:', '      a: {}'], ':4: readers.uptime.targets.a.url: expected an address, such as'],
    [['    targets: [a]'], ':3: readers.uptime.targets: expected a map of alias: address'],
    [['    retries: 1'], ':2: readers.uptime.targets: expected a map of alias: address'],
    [
      ['    targets:', '      a:', '        url: http://x', '        expect_status: 200-700'],
      ':6: readers.uptime.targets.a.expect_status: invalid status "200-700": expected 100 to 599',
    ],
    [
      ['    targets:', '      a:', '        url: http://x', '        interval: 500ms'],
      ':6: readers.uptime.targets.a.interval: allowed are 1s to 24h',
    ],
    [
      ['    interval: 500ms', '    targets:', '      a: http://x'],
      ':3: readers.uptime.interval: allowed are 1s to 24h',
    ],
    [
      ['    targets:', '      a:', '        url: http://x', '        timeout: 6s'],
      ':6: readers.uptime.targets.a.timeout: allowed are 1ms to the interval',
    ],
    [
      ['    targets:', '      a:', '        url: tcp://x:1', '        method: GET'],
      ':6: readers.uptime.targets.a.method: does not go with tcp://x:1',
    ],
    [
      ['    targets:', '      a:', '        url: http://x', '        quiet: nights'],
      ':6: readers.uptime.targets.a.quiet: invalid quiet window "nights": expected 02:00-04:00',
    ],
    [
      ['    targets:', '      a:', '        url: http://x', '        quiet: 7'],
      ':6: readers.uptime.targets.a.quiet: expected a text or a list of texts',
    ],
    [
      ['    targets:', '      a:', '        url: http://x', '        depends_on: b'],
      ':6: readers.uptime.targets.a.depends_on: there is no target "b"',
    ],
    [
      ['    targets:', '      a:', '        url: dns:x', '        record: B'],
      ':6: readers.uptime.targets.a.record: allowed are A, AAAA',
    ],
    [
      ['    targets:', '      a:', '        url: http://x', '        intervall: 1s'],
      ':6: readers.uptime.targets.a: unknown key intervall; allowed are url, interval, timeout',
    ],
    [
      ['    targets:', '      a:', '        url: https://x', '        ca: /nowhere.pem'],
      ':6: readers.uptime.targets.a.ca: cannot read /nowhere.pem: ENOENT: no such file or directory',
    ],
    [
      ['    targets:', '      a:', '        url: https://x', '        ca: /etc/hostname'],
      ':6: readers.uptime.targets.a.ca: cannot read /etc/hostname: it is no PEM file',
    ],
    [
      ['    targets:', '      a:', '        url: http://x', '        headers: { Trailer: x }'],
      ':6: readers.uptime.targets.a.headers: "Trailer" follows from the body: it cannot be given',
    ],
    [
      ['    nameservers: [ns]', '    targets: {}'],
      ':3: readers.uptime.nameservers.0: invalid name server "ns": expected an address',
    ],
  ])('%j is refused with line, key and what is allowed', (lines, reason) => {
    expect(() => parse(['readers:', '  uptime:', ...lines])).toThrow(`/etc/t.yaml${reason}`)
  })

  it('says all that is wrong at once', () => {
    const text = [
      'readers:',
      '  uptime:',
      '    targets:',
      '      a: x',
      '      b: { url: push, method: GET, retries: 200 }',
    ]
    let told = ''
    try {
      parse(text)
    } catch (error) {
      told = (error as Error).message
    }
    expect(told.split('\n')).toHaveLength(2)
  })
})
