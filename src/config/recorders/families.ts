/** `type: prometheus_remote_write` and `type: otlp`: stores of time series. */
import * as z from 'zod/mini'
import type { RecorderSettings } from '../../recorders/index.ts'
import { MetricsError } from '../../utils/index.ts'
import { custom, keys, size, text, whole, written } from '../schema.ts'
import { headersBut, texts, textsThat } from '../texts.ts'
import { checkCertificate, tlsKeys, tlsOf } from '../tls.ts'
import { parseEndpoint } from './endpoint.ts'
import { QUEUE_KEYS, queueOf } from './queue.ts'

const KIBIBYTE = 1024
const MEBIBYTE = 1024 * KIBIBYTE
const MOST_POINTS = 100_000

const endpoint = custom((given) => {
  if (typeof given === 'string') return parseEndpoint(given)
  throw new MetricsError('invalid', 'expected an address, such as http://127.0.0.1:9090')
})
/** Headers of the message itself. */
const OWN_HEADERS = ['content-type', 'content-encoding', 'content-length', 'host']

/** Source: Prometheus: names of labels; those that begin with `__` are its own. */
const labels = textsThat((name) =>
  /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
    ? undefined
    : 'a label has a name of letters, digits and _, and begins neither with a digit nor with __',
)

function endpointKeys(from: string) {
  return {
    endpoint,
    headers: headersBut(OWN_HEADERS),
    token: text,
    username: text,
    password: text,
    ...tlsKeys(from),
    max_bytes: size(64 * KIBIBYTE, 64 * MEBIBYTE),
    ...QUEUE_KEYS,
  }
}

type Given = z.infer<ReturnType<typeof keys<ReturnType<typeof endpointKeys>>>>

function endpointOf(given: Given) {
  const { headers, token, max_bytes: maxBytes } = given
  const username = given.username ?? given.endpoint.username
  const password = given.password ?? given.endpoint.password
  const optional = written({ headers, token, username, password, maxBytes })
  return { endpoint: given.endpoint.url, ...optional, ...tlsOf(given) }
}

/** What does not go together. */
function check(context: z.core.ParsePayload<Given>): void {
  const { token, username, password, endpoint } = context.value
  const fault = (path: string, message: string) =>
    context.issues.push({ code: 'custom', path: [path], message, input: context.value })
  const user = username ?? endpoint.username
  if (token !== undefined && user !== undefined) fault('username', 'give one of token and username')
  if (password !== undefined && user === undefined) fault('password', 'username is missing')
  checkCertificate(context)
}

/** The schema; `from` is the folder that relative files are below. */
export function remoteWriteRecorder(from: string) {
  return z.pipe(
    keys({
      type: z.literal('prometheus_remote_write'),
      ...endpointKeys(from),
      labels,
      max_series: whole(1, MOST_POINTS),
    }).check(check),
    z.transform((given): RecorderSettings => {
      const { labels, max_series: maxSeries } = given
      const options = { ...endpointOf(given), ...written({ labels, maxSeries }) }
      return { type: 'prometheus_remote_write', options, ...queueOf(given, from) }
    }),
  )
}

/** The schema; `from` is the folder that relative files are below. */
export function otlpRecorder(from: string) {
  return z.pipe(
    keys({
      type: z.literal('otlp'),
      ...endpointKeys(from),
      encoding: z.optional(z.enum(['protobuf', 'json'], 'allowed are protobuf, json')),
      compression: z.optional(z.enum(['gzip', 'none'], 'allowed are gzip, none')),
      attributes: z.optional(texts),
      max_points: whole(1, MOST_POINTS),
    }).check(check),
    z.transform((given): RecorderSettings => {
      const { encoding, compression, attributes, max_points: maxPoints } = given
      const options = {
        ...endpointOf(given),
        ...written({ encoding, compression, attributes, maxPoints }),
      }
      return { type: 'otlp', options, ...queueOf(given, from) }
    }),
  )
}
