/** A YAML text with `${VAR}` taken from the environment, and where in it a key stands. */
import { type Document, isAlias, isPair, isScalar, visit } from 'yaml'
import type * as z from 'zod/mini'
import { MetricsError, messageOf } from '../utils/index.ts'

/** The document's values. Aliases that lead nowhere, or to far too much, are told as any other fault. */
export function toJson(document: Document, path: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw new MetricsError('invalid', `${path}: ${messageOf(error)}`)
  }
}

/** Puts variables of the environment into the document's texts; tells those that are not set, and keys that would be lost. */
export function substitute(
  document: Document,
  env: Readonly<Record<string, string | undefined>>,
): { offset: number | undefined; reason: string }[] {
  const missing: { offset: number | undefined; reason: string }[] = []
  visit(document, {
    Scalar(key, node) {
      if (node.source === '__proto__' && key === 'key')
        missing.push({ offset: node.range?.[0], reason: 'the key __proto__ is not allowed' })
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      if (/\$\{(?![A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\})/.test(node.value)) {
        missing.push({
          offset: node.range?.[0],
          reason: `cannot read \${…} in ${JSON.stringify(node.value)}: expected \${NAME} or \${NAME:-default}`,
        })
        return
      }
      node.value = node.value.replace(
        /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
        (_, name: string, otherwise?: string) => {
          const value = env[name] || otherwise
          if (value !== undefined) return value
          missing.push({
            offset: node.range?.[0],
            reason: `environment variable ${name} is not set; \${${name}:-default} gives a default`,
          })
          return ''
        },
      )
      // Not quoted, it may be a number or true or false, as it would be had it been written out.
      node.source = node.value as string
      if (node.type === 'PLAIN') node.value = plainValue(node.source)
    },
  })
  return missing
}

function plainValue(text: string): string | number | boolean {
  // Not one with zeros before it: a text may be meant, and would lose them.
  if (/^-?(?:0|[1-9]\d{0,14})$/.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text
}

/** Told of a number or a truth where a text is wanted. */
export const NO_TEXT = 'expected a text or a number'

/**
 * Makes texts of the numbers and truths that are to be texts, as they are written: a token of 20 digits, or 007, would be another
 * one as a number. Whether there was any.
 */
export function takeAsWritten(document: Document, issues: readonly z.core.$ZodIssue[]): boolean {
  let any = false
  for (const { path, message } of issues.flatMap(innermost)) {
    if (message !== NO_TEXT) continue
    const given = document.getIn(path, true)
    const node = isAlias(given) ? given.resolve(document) : given
    if (!isScalar(node) || !['number', 'boolean'].includes(typeof node.value)) continue
    document.setIn(path, node.source)
    any = true
  }
  return any
}

interface Fault {
  readonly path: PropertyKey[]
  readonly message: string
  /** The first of the keys that are not known. */
  readonly keys?: string
}

/** The faults worth telling: of a choice, those of the branch that was meant, which is the map. */
export function innermost(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.find((issues) =>
      issues.some(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
    )
    if (branch === undefined) return [{ path: issue.path, message: 'expected true, false or a map' }]
    return branch.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }))
  }
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  return [{ path: issue.path, message: issue.message, ...(unknown === undefined ? {} : { keys: unknown }) }]
}

/** The keys that lead to the one which begins here; undefined where none does. */
export function pathAt(document: Document, offset: number): string[] | undefined {
  let path: string[] | undefined
  visit(document, {
    Pair(_, { key }, above) {
      if (!isScalar(key) || key.range?.[0] !== offset) return
      const keys = [...above.flatMap((node) => (isPair(node) ? [node.key] : [])), key]
      path = keys.map((each) => String(isScalar(each) ? each.value : each))
      return visit.BREAK
    },
  })
  return path
}

/** Where a key stands in the text: its own place, or that of the nearest map above it. */
export function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true) ?? document.contents
    const items = (parent as { items?: unknown[] } | null)?.items ?? []
    const key = path[length - 1]
    for (const item of items) {
      const pair = item as { key?: unknown; value?: unknown }
      if (isScalar(pair.key) && String(pair.key.value) === String(key)) return pair.key.range?.[0]
    }
    const inList = typeof key === 'number' ? (items[key] as { range?: [number] } | undefined) : undefined
    if (inList?.range) return inList.range[0]
  }
  return undefined
}
