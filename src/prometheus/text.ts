/**
 * Families as text, in the form that a scraper asks for.
 * Source: Prometheus text format 0.0.4 and OpenMetrics 1.0.
 */
import type { Family, Point } from './family.ts'

/** The two text forms. */
export type TextFormat = 'prometheus' | 'openmetrics'

/** Content type of each form. */
export const CONTENT_TYPE: Readonly<Record<TextFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/**
 * The form that an `Accept` header asks for; undefined when it asks for neither, as browsers, curl and fetch do. Prometheus
 * always names at least one of them.
 */
export function negotiate(accept: string | undefined): TextFormat | undefined {
  if (accept === undefined || !/openmetrics|version=0\.0\.4/i.test(accept)) return undefined
  let best: { format: TextFormat; q: number } | undefined
  for (const range of accept.split(',')) {
    const [type = '', ...params] = range.split(';').map((part) => part.trim().toLowerCase())
    const q = Number(params.find((param) => param.startsWith('q='))?.slice(2) ?? 1)
    const format =
      type === 'application/openmetrics-text'
        ? 'openmetrics'
        : type === 'text/plain' && params.includes('version=0.0.4')
          ? 'prometheus'
          : undefined
    if (format !== undefined && q > 0 && q > (best?.q ?? 0)) best = { format, q }
  }
  return best?.format
}

/** The text of all families; those of one name are written together, under the first one's type and help. */
export function familiesText(families: readonly Family[], format: TextFormat): string {
  const byName = new Map<string, Family[]>()
  for (const family of families) {
    if (family.points.length === 0) continue
    const same = byName.get(family.name)
    if (same === undefined) byName.set(family.name, [family])
    else same.push(family)
  }
  let text = ''
  for (const same of byName.values()) text += familyText(same, format)
  return format === 'openmetrics' ? `${text}# EOF\n` : text
}

function familyText(same: readonly Family[], format: TextFormat): string {
  const { name, type, help } = same[0]!
  const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : ''
  // OpenMetrics names the family without the suffix of its samples, Prometheus with it.
  const head = format === 'openmetrics' ? name : name + suffix
  let text = `# HELP ${head} ${escapeHelp(help, format)}\n# TYPE ${head} ${typeWord(type, format)}\n`
  for (const family of same) {
    for (const point of family.points) {
      text += `${name}${point.suffix ?? suffix}${labelsText(point)} ${numberText(point.value)}\n`
    }
  }
  return text
}

function typeWord(type: Family['type'], format: TextFormat): string {
  if (format === 'openmetrics') return type
  return type === 'info' ? 'gauge' : type === 'unknown' ? 'untyped' : type
}

function labelsText({ labels }: Point): string {
  if (labels === undefined) return ''
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function numberText(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (letter) => (letter === '\n' ? '\\n' : `\\${letter}`))
}

function escapeHelp(help: string, format: TextFormat): string {
  return format === 'openmetrics' ? escapeLabel(help) : help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
}
