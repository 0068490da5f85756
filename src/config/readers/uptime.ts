/** `type: uptime`: the health of targets. */
import * as z from 'zod/mini'
import type { WatchOptions } from '../../uptime/index.ts'
import {
  mapFaults,
  parseServer,
  RECORD_TYPES,
  type TargetOptions,
  targetFaults,
} from '../../uptime/target/index.ts'
import { digestOfFiles } from '../../utils/index.ts'
import { duration, flag, keys, parsed, path, text, whole } from '../schema.ts'

/** One text or a list of them. */
const someTexts = z.optional(
  z.pipe(
    z.unknown(),
    z.transform((given, context) => {
      const list = Array.isArray(given) ? given : [given]
      if (list.every((item) => typeof item === 'string')) return list as string[]
      context.issues.push({ code: 'custom', message: 'expected a text or a list of texts', input: given })
      return z.NEVER
    }),
  ),
)
const status = z.optional(
  z.pipe(
    z.unknown(),
    z.transform((given) => String(given)),
  ),
)

/** What a target may have, in the words of the file. */
function targetKeys(from: string) {
  return keys({
    url: z.string('expected an address, such as https://example.org'),
    interval: duration,
    timeout: duration,
    retries: whole(0, 100),
    start_period: duration,
    quiet: someTexts,
    display_name: text,
    group: text,
    depends_on: text,
    method: text,
    headers: z.optional(z.record(z.string(), z.string('expected a text'), 'expected a map of name: value')),
    body: z.optional(z.string('expected a text')),
    expect_status: status,
    expect_text: text,
    expect_json: z.optional(z.record(z.string(), z.unknown(), 'expected a map of path: value')),
    redirects: flag,
    max_body: whole(1, 64 * 1024 * 1024),
    verify: flag,
    ca: path(from),
    certificate_days: whole(0, 10_000),
    record: z.optional(z.enum(RECORD_TYPES, `allowed are ${RECORD_TYPES.join(', ')}`)),
    expect_answer: someTexts,
    send: text,
    expect_reply: text,
    grace: duration,
  })
}

type Target = z.infer<ReturnType<typeof targetKeys>>

/** Key of the file → option. */
const OPTIONS: Readonly<Record<keyof Target, keyof TargetOptions>> = {
  url: 'url',
  interval: 'intervalMs',
  timeout: 'timeoutMs',
  retries: 'retries',
  start_period: 'startPeriodMs',
  quiet: 'quiet',
  display_name: 'displayName',
  group: 'group',
  depends_on: 'dependsOn',
  method: 'method',
  headers: 'headers',
  body: 'body',
  expect_status: 'expectStatus',
  expect_text: 'expectText',
  expect_json: 'expectJson',
  redirects: 'redirects',
  max_body: 'maxBodyBytes',
  verify: 'verify',
  ca: 'ca',
  certificate_days: 'certificateDays',
  record: 'record',
  expect_answer: 'expectAnswer',
  send: 'send',
  expect_reply: 'expectReply',
  grace: 'graceMs',
}

function optionsOf(target: Target): TargetOptions {
  const given = Object.entries(target).filter(([, value]) => value !== undefined)
  const options = given.map(([key, value]) => [OPTIONS[key as keyof typeof OPTIONS], value])
  const caDigest = digestOfFiles([target.ca])
  return { ...Object.fromEntries(options), ...(caDigest === undefined ? {} : { caDigest }) } as TargetOptions
}

function keyOf(option: keyof TargetOptions): string {
  return Object.entries(OPTIONS).find(([, each]) => each === option)![0]
}

/** The schema; `from` is the folder that relative files are below. */
export function uptimeReader(from: string) {
  const targetSchema = targetKeys(from)
  return z.pipe(
    keys({
      type: z.literal('uptime'),
      interval: duration,
      timeout: duration,
      retries: whole(0, 100),
      nameservers: z.optional(z.array(parsed(parseServer), 'expected a list of addresses')),
      targets: z.record(z.string(), z.unknown(), 'expected a map of alias: address'),
    }),
    z.transform(({ interval: intervalMs, timeout: timeoutMs, retries, nameservers, ...given }, context) => {
      const defaults: Omit<WatchOptions, 'targets'> = {
        ...(intervalMs === undefined ? {} : { intervalMs }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(retries === undefined ? {} : { retries }),
        ...(nameservers === undefined ? {} : { nameservers }),
      }
      const refuse = (path: PropertyKey[], message: string) =>
        context.issues.push({ code: 'custom', path, message, input: given })
      const targets: Record<string, string | TargetOptions> = {}
      for (const [alias, value] of Object.entries(given.targets)) {
        if (
          typeof value !== 'string' &&
          (typeof value !== 'object' || value === null || Array.isArray(value))
        ) {
          refuse(['targets', alias], 'expected an address, or a map with its url')
          continue
        }
        const checked = targetSchema.safeParse(typeof value === 'string' ? { url: value } : value)
        if (!checked.success) {
          for (const issue of checked.error.issues)
            context.issues.push({
              ...issue,
              path: ['targets', alias, ...issue.path],
              input: given,
            } as z.core.$ZodRawIssue)
          continue
        }
        const target = typeof value === 'string' ? value : optionsOf(checked.data)
        targets[alias] = target
        for (const { key, reason } of targetFaults(target, defaults)) {
          // What the target does not say itself is said for all of them.
          const own = typeof target === 'object' && target[key] !== undefined
          const common = !own && Object.hasOwn(defaults, key)
          const path = typeof value === 'string' || !own ? ['targets', alias] : ['targets', alias, keyOf(key)]
          refuse(common ? [keyOf(key)] : path, reason)
        }
      }
      for (const { alias, fault } of mapFaults(targets)) {
        const path = fault.key === 'url' ? ['targets', alias] : ['targets', alias, keyOf(fault.key)]
        refuse(path, fault.reason)
      }
      return { type: given.type, ...defaults, targets }
    }),
  )
}
