/**
 * What a point's labels say of its origin: a monitored process ships its target and task number as labels of each point,
 * and OpenTelemetry wants them once, as attributes of the resource.
 */
import type { Attributes, Resource } from './model.ts'

/** Label → attribute of the resource. Source: OpenTelemetry semantic conventions, "Service" and "Host", for those they name. */
const ORIGIN: Readonly<Record<string, string>> = {
  service_name: 'service.name',
  job_name: 'job_name',
  data_center: 'data_center',
  host_name: 'host.name',
  task_num: 'task_num',
}
/** Labels that together name one instance of a service. */
const INSTANCE = ['job_name', 'host_name', 'task_num'] as const

/** Makes resources; those of equal attributes have equal keys. */
export class Resources {
  readonly #given: Attributes
  /** By type name and what labels say of the origin. */
  #known = new Map<string, Resource>()

  /** @param given Attributes of all resources, before those of labels. An empty one is left out. */
  constructor(given: Attributes) {
    this.#given = given
  }

  /**
   * The resource of a point, and the labels that are its own.
   *
   * @param typeName `service.name`, where nothing else says it.
   */
  of(typeName: string, labels: Attributes = {}): { resource: Resource; own: Attributes } {
    let key = typeName
    for (const label in labels)
      if (Object.hasOwn(ORIGIN, label)) key += `\ud800${label}\ud800${labels[label]}`
    let resource = this.#known.get(key)
    if (resource === undefined) {
      resource = this.#make(typeName, labels)
      this.#known.set(key, resource)
    }
    return { resource, own: key === typeName ? labels : withoutOrigin(labels) }
  }

  /** Forgets the resources made so far: those of a batch are used together. */
  clear(): void {
    this.#known = new Map()
  }

  #make(typeName: string, labels: Attributes): Resource {
    const origin: Record<string, string> = {}
    for (const label in ORIGIN) {
      const value = Object.hasOwn(labels, label) ? labels[label] : undefined
      if (value !== undefined) origin[ORIGIN[label]!] = value
    }
    if (labels.task_num !== undefined)
      origin['service.instance.id'] = INSTANCE.flatMap((label) => labels[label] || []).join('/')
    const attributes = { 'service.name': typeName, ...this.#given, ...origin }
    const entries = Object.entries(attributes).filter(([, value]) => value !== '')
    return { key: JSON.stringify(entries), attributes: Object.fromEntries(entries) }
  }
}

function withoutOrigin(labels: Attributes): Attributes {
  const own: Record<string, string> = {}
  for (const label in labels) if (!Object.hasOwn(ORIGIN, label)) own[label] = labels[label]!
  return own
}
