/** The body of an answer, read up to a limit, and what is expected of it. */

/** What a body must hold. */
export interface BodyRules {
  /** Bytes that are read at most. */
  readonly maxBytes: number
  /** A part of its text. */
  readonly text?: string | undefined
  /** Path such as `db.replicas.0.state` → the value that stands there. */
  readonly json?: Readonly<Record<string, unknown>> | undefined
}

/** Characters of a value in a reason. */
const MAX_SHOWN = 64

/** Gathers a body; without rules for its content only its length is kept. */
export class Body {
  readonly #rules: BodyRules
  readonly #parts: Buffer[] = []
  #bytes = 0

  constructor(rules: BodyRules) {
    this.#rules = rules
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether it is longer than allowed now. */
  add(part: Buffer): boolean {
    this.#bytes += part.length
    if (this.#bytes > this.#rules.maxBytes) return true
    if (this.#rules.text !== undefined || this.#rules.json !== undefined) this.#parts.push(part)
    return false
  }

  /** What of the expected it does not hold; undefined when all is there. */
  fault(): string | undefined {
    const { text, json } = this.#rules
    if (text === undefined && json === undefined) return undefined
    const body = Buffer.concat(this.#parts).toString('utf8')
    if (text !== undefined && !body.includes(text)) return `body does not hold ${shown(text)}`
    return json === undefined ? undefined : jsonFault(body, json)
  }
}

function jsonFault(body: string, expected: Readonly<Record<string, unknown>>): string | undefined {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return 'body is not JSON'
  }
  for (const [path, value] of Object.entries(expected)) {
    const found = valueAt(json, path)
    if (!sameJson(found, value)) return `${path} is ${shown(found)}, expected ${shown(value)}`
  }
  return undefined
}

/** The value below keys and places joined by dots; undefined where there is none. */
function valueAt(json: unknown, path: string): unknown {
  let value = json
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** Equal as JSON, in whatever order the keys of an object are. */
function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const keys = Object.keys(a)
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) &&
      sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  )
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = JSON.stringify(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
