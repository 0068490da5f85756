/**
 * Who a process is: the identity that its task number is unique within.
 * Source: luci-go common/tsmon/target.Task.
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { MetricsError } from '../../utils/index.ts'

/** Four texts that several instances of one job on one host share. */
export interface TaskIdentity {
  readonly serviceName: string
  readonly jobName: string
  readonly dataCenter: string
  readonly hostName: string
}

/** An identity with its number: at any time one live instance alone has it. */
export interface TaskTarget extends TaskIdentity {
  /** 0 … ; −1 while there is none. */
  readonly taskNum: number
}

/** The keys of an identity as they stand in a configuration, in labels and in JSON. */
const TARGET_KEYS = {
  service_name: 'serviceName',
  job_name: 'jobName',
  data_center: 'dataCenter',
  host_name: 'hostName',
} as const satisfies Record<string, keyof TaskIdentity>

/** An identity as JSON. */
export type TargetJson = { readonly [K in keyof typeof TARGET_KEYS]: string }

/** Characters of each text. */
const MAX_TARGET_LENGTH = 256

/**
 * An identity that may be used.
 *
 * @throws MetricsError `invalid` for a text that is too long or holds a control character: they part the texts of a key.
 */
export function checkedTarget(target: TaskIdentity): TaskIdentity {
  for (const [key, field] of Object.entries(TARGET_KEYS)) checkText(key, target[field])
  const { serviceName, jobName, dataCenter, hostName } = target
  return { serviceName, jobName, dataCenter, hostName }
}

/** Which of the instances of a task this is: as given, else by host, pid and a random part. @throws MetricsError `invalid` */
export function instanceIdOf(given: string | (() => string) | undefined): string {
  const own = () => `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`
  const id = typeof given === 'function' ? given() : (given ?? own())
  checkText('instance_id', id)
  return id
}

/** @throws MetricsError `invalid` */
function checkText(key: string, text: unknown): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  if (typeof text === 'string' && text.length <= MAX_TARGET_LENGTH && !/[\0-\x1f\x7f]/.test(text)) return
  const allowed = `allowed are up to ${MAX_TARGET_LENGTH} characters without control characters`
  throw new MetricsError('invalid', `invalid ${key} ${JSON.stringify(text)}: ${allowed}`)
}

/** One text for an identity; different identities have different ones. */
export function keyOf({ serviceName, jobName, dataCenter, hostName }: TaskIdentity): string {
  return [serviceName, jobName, dataCenter, hostName].join('\n')
}

/** An identity in snake_case. */
export function targetJson(target: TaskIdentity): TargetJson {
  const pairs = Object.entries(TARGET_KEYS).map(([key, field]) => [key, target[field]])
  return Object.fromEntries(pairs) as TargetJson
}

/** The labels of everything that a flush sends. Source: luci-go's root labels, without those that mean something at Google alone. */
export function labelsOf(target: TaskTarget): Record<string, string> {
  return { ...targetJson(target), task_num: String(target.taskNum) }
}
