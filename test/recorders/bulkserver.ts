/** A small HTTP server that understands bulk requests, and does with them what a test wants. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import { listening } from '../support/listening.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A document of a bulk request, as its lines were. */
export interface Action {
  readonly index: string
  readonly id: string | undefined
  readonly text: string
}

export interface BulkServer {
  readonly url: string
  readonly asked: Asked[]
  /** Documents that were answered with 201, by id; those without one by their number. */
  readonly stored: Map<string, Action>
  /** Answers a request; default: `false`, and everything is taken. */
  act: (asked: Asked, response: ServerResponse) => boolean
  /** The status of one document; default 201, or 409 for an id that is there. */
  judge: (action: Action) => { status: number; error?: object } | undefined
}

const JSON_TYPE = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' }

/** The documents of a bulk request's body. */
export function actionsOf({ path, body }: Asked): Action[] {
  const lines = body.split('\n')
  const actions: Action[] = []
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const { create } = JSON.parse(lines[i]!) as { create: { _id?: string } }
    actions.push({ index: decodeURIComponent(path.split('/')[1]!), id: create._id, text: lines[i + 1]! })
  }
  return actions
}

export function answer(response: ServerResponse, status: number, body: object): true {
  response.writeHead(status, JSON_TYPE).end(JSON.stringify(body))
  return true
}

/** Starts one; it ends with the test. With key and certificates it is encrypted. */
export async function bulkServer(tls?: ServerOptions): Promise<BulkServer> {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const asked = { method, path: url.split('?')[0]!, headers, body: Buffer.concat(chunks).toString() }
      bulk.asked.push(asked)
      if (bulk.act(asked, response)) return
      if (!asked.path.endsWith('/_bulk')) return answer(response, 200, { acknowledged: true })
      const items = actionsOf(asked).map((action) => {
        const judged = bulk.judge(action) ?? { status: bulk.stored.has(action.id ?? '') ? 409 : 201 }
        if (judged.status === 201) bulk.stored.set(action.id ?? String(bulk.stored.size), action)
        return { create: judged }
      })
      answer(response, 200, { errors: items.some(({ create }) => create.status !== 201), items })
    })
    request.on('error', () => {})
  }
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  const { url } = await listening(server)
  const bulk: BulkServer = {
    url,
    asked: [],
    stored: new Map(),
    act: () => false,
    judge: () => undefined,
  }
  return bulk
}
