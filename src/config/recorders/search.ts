/** `type: elasticsearch` and `type: opensearch`. */
import * as z from 'zod/mini'
import { parseIndexName, type RecorderSettings } from '../../recorders/index.ts'
import { MetricsError } from '../../utils/index.ts'
import { custom, flag, keys, listOf, text, written } from '../schema.ts'
import { fields } from '../texts.ts'
import { checkCertificate, tlsKeys, tlsOf } from '../tls.ts'
import { parseEndpoint } from './endpoint.ts'
import { QUEUE_KEYS, queueOf } from './queue.ts'

const endpoint = custom((given) => {
  const list = listOf(given)
  if (list === undefined)
    throw new MetricsError('invalid', 'expected an address, such as 127.0.0.1:9200, or a list of them')
  return list.map(parseEndpoint)
})

const indexName = custom((given) => {
  if (typeof given !== 'string')
    throw new MetricsError('invalid', 'expected a name, such as treering-%Y.%m.%d')
  return parseIndexName(given)
})

/** The schema; `from` is the folder that relative files are below. */
export function searchRecorder(type: 'elasticsearch' | 'opensearch', from: string) {
  return z.pipe(
    keys({
      type: z.literal(type),
      endpoint,
      index_name: indexName,
      data_stream: flag,
      template: flag,
      fields,
      api_key: text,
      username: text,
      password: text,
      ...tlsKeys(from),
      ...QUEUE_KEYS,
    }).check((context) => {
      const { api_key, username, password } = context.value
      const fault = (path: string, message: string) =>
        context.issues.push({ code: 'custom', path: [path], message, input: context.value })
      if (api_key !== undefined && username !== undefined)
        fault('username', 'give one of api_key and username')
      checkCertificate(context)
      if (password !== undefined && username === undefined) fault('password', 'username is missing')
    }),
    z.transform((given): RecorderSettings => {
      const user = given.endpoint.find(({ username }) => username !== undefined)
      const options = {
        nodes: given.endpoint.map(({ url }) => url),
        index: given.index_name,
        ...written({
          dataStream: given.data_stream,
          template: given.template,
          fields: given.fields,
          apiKey: given.api_key,
          username: given.username ?? user?.username,
          password: given.password ?? user?.password,
        }),
        ...tlsOf(given),
      }
      return { type, options, ...queueOf(given, from) }
    }),
  )
}
