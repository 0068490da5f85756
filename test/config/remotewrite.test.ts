import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/parse.ts'
import { pemFolder } from '../support/pem.ts'

function recorder(keys: string, folder = '/etc') {
  const text = `recorders:\n  r: { ${keys} }\nroutes:\n  a: { readers: [system_info], recorders: [r] }\n`
  return parseConfig(text, `${folder}/treering.yml`, {}).recorders.r
}

describe('a recorder of type prometheus_remote_write', () => {
  it('takes an address, secrets, files beside the configuration, labels and limits', () => {
    expect(recorder('type: prometheus_remote_write, endpoint: localhost:9090')).toEqual({
      type: 'prometheus_remote_write',
      options: { endpoint: 'http://localhost:9090' },
      queue: {},
    })
    const all = `type: prometheus_remote_write, endpoint: 'https://me:word@mimir.example.org/api/v1/push', ca: ca.pem, insecure: true,
      headers: { X-Scope-OrgID: a }, labels: { zone: north, job: '' }, max_series: 500, max_bytes: 1MiB, timeout: 8s, backoff: 10`
    const folder = pemFolder('ca.pem')
    expect(recorder(all, folder)).toEqual({
      type: 'prometheus_remote_write',
      options: {
        endpoint: 'https://mimir.example.org/api/v1/push',
        username: 'me',
        password: 'word',
        ca: `${folder}/ca.pem`,
        insecure: true,
        digest: expect.any(String),
        headers: { 'X-Scope-OrgID': 'a' },
        labels: { zone: 'north', job: '' },
        maxSeries: 500,
        maxBytes: 1024 ** 2,
      },
      queue: { timeoutMs: 8000, backoff: 10 },
    })
  })

  it.each([
    ['', /endpoint: is missing: expected an address/],
    ["endpoint: 'ftp://h'", /endpoint: invalid endpoint "ftp:\/\/h"/],
    ['endpoint: localhost, token: a, username: b', /username: give one of token and username/],
    ['endpoint: localhost, password: b', /password: username is missing/],
    ['endpoint: localhost, cert: b', /cert: give both cert and key/],
    ['endpoint: localhost, labels: { a-b: c }', /labels\.a-b: a label has a name of/],
    ['endpoint: localhost, labels: { __name__: c }', /labels\.__name__: a label has a name of/],
    ['endpoint: localhost, labels: { a: 5 }', /labels\.a: expected a text/],
    [
      'endpoint: localhost, headers: { Content-Type: c }',
      /headers\.Content-Type: the recorder sends its own/,
    ],
    ["endpoint: localhost, headers: { 'a b': c }", /headers\.a b: a header has a name/],
    ['endpoint: localhost, colour: red', /unknown key colour; allowed are type, endpoint, headers, token/],
  ])('says what is wrong in { %s }', (keys, reason) => {
    expect(() => recorder(`type: prometheus_remote_write, ${keys}`)).toThrow(reason)
    expect(() => recorder(`type: prometheus_remote_write, ${keys}`)).toThrow(
      /^\/etc\/treering\.yml:2: recorders\.r/,
    )
  })
})

describe('a recorder of type otlp', () => {
  it('takes an address, an encoding and attributes', () => {
    const keys =
      "endpoint: 'http://c:4318', encoding: json, compression: gzip, attributes: { service.namespace: shop }, max_points: 9"
    expect(recorder(`type: otlp, ${keys}`)).toEqual({
      type: 'otlp',
      options: {
        endpoint: 'http://c:4318',
        encoding: 'json',
        compression: 'gzip',
        attributes: { 'service.namespace': 'shop' },
        maxPoints: 9,
      },
      queue: {},
    })
    expect(() => recorder('type: otlp, endpoint: localhost, encoding: xml')).toThrow(
      /encoding: allowed are protobuf, json/,
    )
    expect(() => recorder('type: otlp, endpoint: localhost, attributes: [a]')).toThrow(
      /attributes: expected a map of name: text/,
    )
  })
})
