/** The API described: OpenAPI 3.1, made from the same tables as the routes' answers. */
import type { RouteDoc } from '../period/index.ts'

/** What of a poller the description needs. */
export interface DescribedPoller {
  readonly name: string
  readonly periods: readonly string[]
  readonly aggregates: readonly string[]
  /** Its own parameters. */
  readonly params: readonly string[]
  /** A sentence on each of them, as far as there is one. */
  readonly paramDocs: Readonly<Record<string, string>>
}

/** One operation of the description. */
export interface Operation {
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>
}

/** A parameter of the query, or a variable part of the path. */
interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly required?: true
  readonly description: string
  readonly schema: object
}

/** The whole description, as far as it is read here. */
export interface OpenApi {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
  readonly security: readonly object[]
}

const ERROR = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
const ROWS = {
  'application/json': {
    schema: { oneOf: [{ $ref: '#/components/schemas/Sample' }, { $ref: '#/components/schemas/Rows' }] },
  },
}
const TEXTS = {
  'text/plain': { schema: { type: 'string' } },
  'application/openmetrics-text': { schema: { type: 'string' } },
}
/** For people. */
const PAGES = [
  ['/', 'The page'],
  ['/status', 'How the targets fare, for others'],
  ['/list', 'What there is, as links'],
  ['/docs', 'This description, to be read'],
] as const
const UPGRADE =
  'The same URL as a WebSocket sends one message at once, then one each interval; a message equal to the last one is not sent again. A wrong parameter closes it with 1008 and the reason. The text `ping` is answered `pong`.'

export function describe(
  version: string,
  pollers: readonly DescribedPoller[],
  routes: readonly RouteDoc[] = [],
): OpenApi {
  const [first] = pollers
  const paths: Record<string, Record<string, Operation>> = {}
  if (first) {
    const get = metricsOperation(first)
    paths['/metrics'] = {
      get: {
        ...get,
        responses: {
          ...get.responses,
          200: { description: 'Sample, rows, or text', content: { ...ROWS, ...TEXTS } },
        },
        summary: `${first.name}, or Prometheus text of all sources`,
        description: `${get.description} With \`Accept: text/plain;version=0.0.4\` or \`application/openmetrics-text\` the answer is Prometheus text of all sources.`,
      },
    }
  }
  // The second path is that of the original.
  for (const poller of pollers)
    for (const path of [`/metrics/${poller.name}`, `/api/v1/metrics/${poller.name}`])
      paths[path] = { get: metricsOperation(poller) }
  const json = (description: string) => ({
    description,
    content: { 'application/json': { schema: { type: 'object' } } },
  })
  paths['/health'] = {
    get: {
      summary: 'Liveness, and the state of pollers and recorders',
      description:
        'Wants no token; without it only `status` is told. `degraded` when a poll or a delivery fails, or a history cannot be saved.',
      responses: { 200: json('status, version, uptime_seconds, pollers, recorders') },
    },
  }
  for (const { method = 'get', path, summary, answer, params = {} } of routes) {
    const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
      pathParameter(name, params[name]),
    )
    const given = parameters.length === 0 ? {} : { parameters }
    paths[path] = { ...paths[path], [method]: { summary, ...given, responses: { 200: json(answer) } } }
  }
  const html = { 200: { description: 'HTML', content: { 'text/html': {} } } }
  for (const [path, summary] of PAGES) paths[path] = { get: { summary, responses: html } }
  paths['/login'] = {
    get: { summary: 'A browser’s way in: a form for the token', responses: html },
    post: {
      summary: 'Takes the form: field `token`, and `next`, where to go then',
      responses: {
        303: { description: 'A cookie proves it from now on' },
        401: { description: 'A wrong token' },
      },
    },
  }
  paths['/openapi.json'] = { get: { summary: 'This description', responses: { 200: json('OpenAPI 3.1') } } }
  return {
    openapi: '3.1.0',
    info: { title: 'treering', version, description: 'History of what runs on a machine.' },
    paths,
    components: {
      schemas: {
        Sample: {
          type: 'object',
          required: ['timestamp'],
          properties: { timestamp: { type: 'number', description: 'Unix seconds' } },
        },
        Error: {
          type: 'object',
          required: ['message', 'error', 'code'],
          properties: { message: { type: 'string' }, error: { type: 'string' }, code: { type: 'string' } },
        },
        Rows: {
          type: 'object',
          required: ['total', 'data'],
          properties: { total: { type: 'integer' }, data: { type: 'array' } },
        },
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { token: [] }],
  }
}

/** Source: OpenAPI 3.1: each variable part of a path is a required parameter. */
function pathParameter(name: string, description = 'A name.'): Parameter {
  return { name, in: 'path', required: true, description, schema: { type: 'string' } }
}

function metricsOperation({ name, periods, aggregates, params, paramDocs }: DescribedPoller): Operation {
  const query = (parameter: string, description: string, schema: object): Parameter => ({
    name: parameter,
    in: 'query',
    description,
    schema,
  })
  return {
    summary: name,
    description: `Without \`period\` the newest sample, with it the rows, oldest first. ${UPGRADE}`,
    parameters: [
      query('period', 'How far back; absent: the newest sample.', { type: 'string', enum: periods }),
      query('aggregate', 'Which rows.', {
        type: 'string',
        // A source that names `*` takes any name of its own, and globs.
        ...(aggregates.includes('*')
          ? { examples: aggregates }
          : aggregates.length > 0
            ? { enum: aggregates }
            : {}),
      }),
      query('stat', 'Which statistic of a slot that holds many samples.', {
        type: 'string',
        enum: ['mean', 'min', 'max'],
        default: 'mean',
      }),
      query('limit', 'Rows at most; 0 is all.', { type: 'integer', minimum: 0, default: 0 }),
      query('offset', 'Rows skipped first.', { type: 'integer', minimum: 0, default: 0 }),
      query('newest', 'Only so many of the newest slots; 0 is the whole period.', {
        type: 'integer',
        minimum: 0,
        default: 0,
      }),
      query('keyword', 'Letters that a name must hold in this order, in any case.', { type: 'string' }),
      ...params.map((name) => query(name, paramDocs[name] ?? 'Of this source.', { type: 'string' })),
      query('interval', 'WebSocket only: time between two messages; a shorter one than 1s counts as 1s.', {
        type: 'string',
        default: '1s',
      }),
    ],
    responses: {
      200: { description: 'Sample or rows', content: ROWS },
      204: { description: 'No sample yet' },
      304: { description: 'The ETag still holds' },
      400: { description: 'A wrong parameter: names it and what is allowed', ...ERROR },
      401: { description: 'A token is needed', ...ERROR },
      403: { description: 'Host or origin is not allowed', ...ERROR },
      414: { description: 'The URL is too long', ...ERROR },
      503: { description: 'WebSocket only: too many are open', ...ERROR },
    },
  }
}
