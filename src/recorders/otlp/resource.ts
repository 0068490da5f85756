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

/** Makes resources; equal ones are one. */
export class Resources {
  readonly #given: Attributes
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
    const origin: Record<string, string> = {}
    const own: Record<string, string> = {}
    for (const label in labels) {
      const attribute = Object.hasOwn(ORIGIN, label) ? ORIGIN[label] : undefined
      if (attribute === undefined) own[label] = labels[label]!
      else origin[attribute] = labels[label]!
    }
    if (labels.task_num !== undefined)
      origin['service.instance.id'] = INSTANCE.flatMap((label) => labels[label] || []).join('/')
    const attributes = { 'service.name': typeName, ...this.#given, ...origin }
    const entries = Object.entries(attributes).filter(([, value]) => value !== '')
    const key = JSON.stringify(entries)
    let resource = this.#known.get(key)
    if (resource === undefined) {
      resource = { key, attributes: Object.fromEntries(entries) }
      this.#known.set(key, resource)
    }
    return { resource, own }
  }

  /** Forgets the resources made so far: those of a batch are used together. */
  clear(): void {
    this.#known = new Map()
  }
}
