import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openRecorder, type Recorder, type RecorderSettings } from '../../src/recorders/index.ts'
import { SILENT } from '../../src/utils/index.ts'
import { newFolder } from '../support/folder.ts'
import { freePort } from '../support/freeport.ts'
import { keptLog } from '../support/log.ts'
import { needProgram } from '../support/need.ts'
import { until } from '../support/until.ts'
import { actionsOf, answer, type BulkServer, bulkServer } from './bulkserver.ts'
import { recorderContract } from './contract.ts'
import { AT, openQueue, shipmentOf, shipments } from './support.ts'

type Type = 'elasticsearch' | 'opensearch'
const TYPES: readonly Type[] = ['elasticsearch', 'opensearch']
const never = () => new AbortController().signal

function recorderTo(
  type: Type,
  nodes: readonly string[],
  options: Partial<Extract<RecorderSettings, { type: Type }>['options']> = {},
  log = SILENT,
): Promise<Recorder> {
  return openRecorder('Main', { type, options: { nodes, index: 'tree', ...options } }, log)
}

/** A folder with an authority of its own, and a certificate of it for 127.0.0.1. */
function certificates(): string {
  const dir = newFolder()
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' })
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca', '-days', '2')
  openssl('req', ...curve, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=leaf')
  writeFileSync(join(dir, 'leaf.ext'), 'subjectAltName=IP:127.0.0.1')
  const signed = [
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'leaf.ext',
  ]
  openssl('x509', '-req', '-in', 'leaf.csr', '-out', 'leaf.crt', ...signed)
  return dir
}

for (const kind of TYPES) {
  recorderContract({
    kind,
    exact: true,
    secret: 'tell-nobody',
    async open() {
      const server = await bulkServer()
      const recorder = await recorderTo(kind, [server.url], { username: 'me', password: 'tell-nobody' })
      const taken = async () =>
        [...server.stored.values()].flatMap(({ text }) => {
          const at = Date.parse(/"@timestamp":"([^"]+)"/.exec(text)![1]!)
          return [...text.matchAll(/"([^"]+)":(-?[\d.eE-]+)/g)].map(([, name, value]) => ({
            at,
            name: name!,
            value: value!,
          }))
        })
      return { recorder, taken }
    },
    openUnreachable: async () =>
      recorderTo(kind, [`http://127.0.0.1:${await freePort()}`], { password: 'tell-nobody', username: 'me' }),
    async openSilent() {
      const server = await bulkServer()
      server.act = () => true
      return recorderTo(kind, [server.url])
    },
  })
}

describe.each(TYPES)('%s', (type) => {
  it('is asked by bulk requests that create documents under ids of their own', async () => {
    const server = await bulkServer()
    const recorder = await recorderTo(type, [server.url])
    const batch = [shipmentOf({ a: 1 }, { documents: [{ a: 1 }, { a: 2, 'b.c': 'x"\n\\' }] })]
    await recorder.record(batch, never())
    const bulk = server.asked.find(({ path }) => path === '/tree/_bulk')!
    expect(bulk.method).toBe('POST')
    expect(bulk.headers['content-type']).toMatch(/ndjson/)
    const { id } = batch[0]!
    expect(actionsOf(bulk)).toEqual([
      {
        index: 'tree',
        id: `${id}-0`,
        text: '{"@timestamp":"2026-11-22T03:00:00.500Z","reader":"FirstApp","type_name":"my_app1","a":1}',
      },
      {
        index: 'tree',
        id: `${id}-1`,
        text: '{"@timestamp":"2026-11-22T03:00:00.500Z","reader":"FirstApp","type_name":"my_app1","a":2,"b.c":"x\\"\\n\\\\"}',
      },
    ])
    await recorder.close?.()
  })

  it('gets an index template first, once', async () => {
    const server = await bulkServer()
    const recorder = await recorderTo(type, [server.url], { index: 'tree-%Y.%m.%d', dataStream: true })
    for (let i = 0; i < 3; i++) await recorder.record(shipments(1), never())
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /_index_template/treering-tree-2x.x.x',
      ...Array.from({ length: 3 }, () => 'POST /tree-2026.11.22/_bulk'),
    ])
    expect(JSON.parse(server.asked[0]!.body)).toMatchObject({
      index_patterns: ['tree-2*.*.*'],
      data_stream: {},
      template: {
        mappings: {
          date_detection: false,
          properties: { '@timestamp': { type: 'date' }, type_name: { type: 'keyword' } },
        },
      },
    })
    await recorder.close?.()
  })

  it('gets a plainer template when it does not know the newer words, and documents when it wants none', async () => {
    const server = await bulkServer()
    server.act = ({ method, body }, response) =>
      method === 'PUT' &&
      body.includes('subobjects') &&
      answer(response, 400, {
        error: { type: 'mapper_parsing_exception', reason: 'unknown parameter [subobjects]' },
      })
    const first = await recorderTo(type, [server.url])
    await first.record(shipments(1), never())
    expect(server.asked.filter(({ method }) => method === 'PUT')).toHaveLength(2)
    expect(server.stored.size).toBe(1)

    server.act = ({ method }, response) =>
      method === 'PUT' &&
      answer(response, 403, { error: { type: 'security_exception', reason: 'not allowed' } })
    const log = keptLog()
    const second = await recorderTo(type, [server.url], {}, log)
    await second.record(shipments(1), never())
    expect(server.stored.size).toBe(2)
    expect(log.said).toMatchObject([
      { level: 'warn', message: 'Main refuses its index template: shipping without' },
    ])
    for (const recorder of [first, second]) await recorder.close?.()
  })

  it('gets none when that is switched off', async () => {
    const server = await bulkServer()
    const recorder = await recorderTo(type, [server.url], { template: false })
    await recorder.record(shipments(1), never())
    expect(server.asked.map(({ method }) => method)).toEqual(['POST'])
    await recorder.close?.()
  })

  it('is told who asks', async () => {
    const server = await bulkServer()
    const byKey = await recorderTo(type, [server.url], { apiKey: 'a2V5' })
    const byName = await recorderTo(type, [server.url], { username: 'me', password: 'pass:word' })
    await byKey.record(shipments(1), never())
    await byName.record(shipments(1), never())
    expect(new Set(server.asked.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['ApiKey a2V5', `Basic ${btoa('me:pass:word')}`]),
    )
    for (const recorder of [byKey, byName]) await recorder.close?.()
  })

  it('is trusted by its certificate, and knows who asks by theirs', async (context) => {
    needProgram(context, 'openssl')
    const dir = certificates()
    const [ca, cert, key] = ['ca.crt', 'leaf.crt', 'leaf.key'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ]
    const server = await bulkServer({
      key: readFileSync(key),
      cert: readFileSync(cert),
      ca: readFileSync(ca),
      requestCert: true,
    })
    const faultOf = async (options: object) => {
      const recorder = await recorderTo(type, [server.url], options)
      const fault = await recorder.record(shipments(1), never()).then(
        () => 'none',
        (error) => `${error.code} ${error.message}`,
      )
      await recorder.close?.()
      return fault
    }
    expect(await faultOf({ ca, cert, key, username: 'me', password: 'x' })).toBe('none')
    expect(await faultOf({ insecure: true, cert, key })).toBe('none')
    expect(await faultOf({})).toMatch(/^unavailable .*certificate/)
    expect(await faultOf({ ca: join(dir, 'none') })).toMatch(/^unavailable .*none/)
    expect(server.stored.size).toBe(2)
  })

  it('of several nodes is asked where one answers', async () => {
    const server = await bulkServer()
    const recorder = await recorderTo(type, [
      `http://127.0.0.1:${await freePort()}`,
      server.url,
      `http://127.0.0.1:${await freePort()}`,
    ])
    for (let i = 0; i < 4; i++) await recorder.record(shipments(1, i), never())
    expect(server.stored.size).toBe(4)
    await recorder.close?.()
  })

  it.each([
    [429, 'es_rejected_execution_exception', 'unavailable'],
    [503, 'no_master', 'unavailable'],
    [500, 'null_pointer_exception', 'unavailable'],
    [401, 'security_exception', 'unavailable'],
    [413, 'content_too_long', 'full'],
    [400, 'illegal_argument_exception', 'invalid'],
  ])('that answers %i is told by its code and its reason', async (status, kind, code) => {
    const server = await bulkServer()
    server.act = ({ path }, response) =>
      path.endsWith('_bulk') &&
      answer(response, status, { error: { type: kind, reason: 'so it is' }, status })
    const recorder = await recorderTo(type, [server.url])
    await expect(recorder.record(shipments(1), never())).rejects.toMatchObject({
      code,
      message: `${status} ${kind}: so it is`,
    })
    await recorder.close?.()
  })

  it.each([429, 503, 403])(
    'that answers %i for one document gets the batch again, and has each document once',
    async (status) => {
      const server = await bulkServer()
      let refusals = 3
      server.judge = ({ text }) =>
        text.includes('"n":5}') && refusals-- > 0
          ? { status, error: { type: 'es_rejected_execution_exception', reason: 'busy' } }
          : undefined
      const { queue, offer } = await openQueue(await recorderTo(type, [server.url]))
      offer(...shipments(20))
      await until(() => queue.status().shipped === 20)
      expect(server.stored.size).toBe(20)
      expect(queue.status()).toMatchObject({ shipped: 20, retried: 60, refused: 0 })
    },
  )

  it('that refuses one document of a batch takes the others, and the refused one is said with its reason', async () => {
    const server = await bulkServer()
    server.judge = ({ id, text }) =>
      text.includes('"n":5}')
        ? {
            status: 400,
            error: {
              type: 'document_parsing_exception',
              reason: `failed to parse field [n] of type [double] in document with id '${id}'`,
              caused_by: { type: 'x', reason: 'no number' },
            },
          }
        : undefined
    const { queue, log, offer } = await openQueue(await recorderTo(type, [server.url]))
    offer(...shipments(20))
    await until(() => queue.status().shipped === 19)
    expect(queue.status()).toMatchObject({ refused: 1, retried: 0, dropped: 0 })
    await until(() => log.said.length > 0)
    expect(log.said[0]).toMatchObject({
      level: 'warn',
      message:
        'Main refuses documents: of FirstApp: document_parsing_exception: failed to parse field [n] of type [double]: no number',
      fields: { documents: 1 },
    })
  })

  it('that never answers is given up in time and gets everything once when it does', async () => {
    const server = await bulkServer()
    server.act = () => true
    const { queue, offer } = await openQueue(await recorderTo(type, [server.url]), { timeoutMs: 100 })
    offer(...shipments(10))
    await until(() => queue.status().failures >= 2)
    server.act = () => false
    await until(() => queue.status().shipped === 10)
    expect(server.stored.size).toBe(10)
  })

  it('whose answer is lost after it took the documents has each of them once', async () => {
    const server = await bulkServer()
    let cuts = 3
    server.act = (asked, response) => {
      if (!asked.path.endsWith('_bulk') || cuts-- <= 0) return false
      for (const action of actionsOf(asked)) server.stored.set(action.id!, action)
      response.destroy()
      return true
    }
    const { queue, offer } = await openQueue(await recorderTo(type, [server.url]))
    offer(...shipments(30))
    await until(() => queue.status().shipped === 30)
    expect(server.stored.size).toBe(30)
    expect(queue.status()).toMatchObject({ refused: 0, dropped: 0 })
  })

  it.each([
    ['half a body', '{"errors":fal'],
    ['no JSON', '<html>proxy</html>'],
    ['another answer', '{"took":1}'],
  ])('that answers 200 with %s is tried again', async (_, body) => {
    const server = await bulkServer()
    let answers = 2
    server.act = ({ path }, response) => {
      if (!path.endsWith('_bulk') || answers-- <= 0) return false
      response
        .writeHead(200, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
        .end(body)
      return true
    }
    const { queue, offer } = await openQueue(await recorderTo(type, [server.url]))
    offer(...shipments(5))
    await until(() => queue.status().shipped === 5)
    expect(server.stored.size).toBe(5)
  })

  it('gets a batch in requests of a thousand, documents of one index together', async () => {
    const server = await bulkServer()
    const recorder = await recorderTo(type, [server.url], { index: 'tree-%Y.%m.%d' })
    const day = 86_400_000
    const batch = [
      ...shipments(2500),
      ...shipments(10, 2500).map((shipment) => ({ ...shipment, at: AT + day })),
    ]
    expect(await recorder.record(batch, never())).toEqual({ shipped: 2510, refused: new Map() })
    const sizes = server.asked
      .filter(({ method }) => method === 'POST')
      .map((asked) => [asked.path, actionsOf(asked).length])
    expect(sizes).toEqual([
      ['/tree-2026.11.22/_bulk', 1000],
      ['/tree-2026.11.22/_bulk', 1000],
      ['/tree-2026.11.22/_bulk', 500],
      ['/tree-2026.11.23/_bulk', 10],
    ])
    await recorder.close?.()
  })

  it('with more different fields than an index may have is said once', async () => {
    const server = await bulkServer()
    const log = keptLog()
    const recorder = await recorderTo(type, [server.url], {}, log)
    for (let i = 0; i < 3; i++) {
      const many = Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`field${i * 600 + n}`, n]))
      await recorder.record([shipmentOf(many)], never())
    }
    expect(log.said.map(({ message }) => message)).toEqual([
      'more than 1000 different fields are shipped to Main',
    ])
    await recorder.close?.()
  })
})

describe('a server of bulk requests', () => {
  it('that is stuck delays no other recorder', async () => {
    const servers: BulkServer[] = [await bulkServer(), await bulkServer()]
    servers[0]!.act = () => true
    const queues = await Promise.all(
      servers.map(async ({ url }) =>
        openQueue(await recorderTo('elasticsearch', [url]), { timeoutMs: 60_000 }),
      ),
    )
    onTestFinished(() => Promise.all(queues.map(({ queue }) => queue.stop(0))).then(() => {}))
    for (const { offer } of queues) offer(...shipments(10))
    await until(() => queues[1]!.queue.status().shipped === 10)
    expect(queues[0]!.queue.status()).toMatchObject({ shipped: 0, queued: 10 })
  })
})
