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

/** Characters of text handed out at a time: some tenths of a millisecond of work. */
const CHUNK = 32 * 1024
/** Work between two turns of the event loop. */
const SLICE_MS = 5

/** The text of all families; those of one name are written together, under the first one's type and help. */
export function familiesText(families: readonly Family[], format: TextFormat): string {
  let text = ''
  for (const chunk of chunks(families, format)) text += chunk
  return text
}

/**
 * The same text: at once where it takes no more than 5 ms, else a promise, and other work has its turn every 5 ms. A value is
 * that of the moment at which its line is written.
 */
export function familiesTextInSlices(
  families: readonly Family[],
  format: TextFormat,
): string | Promise<string> {
  const remaining = chunks(families, format)
  const first = slice(remaining)
  return first.done ? first.text : goOn(first.text, remaining)
}

async function goOn(begun: string, remaining: Iterator<string>): Promise<string> {
  let text = begun
  for (;;) {
    await new Promise(setImmediate)
    const next = slice(remaining)
    text += next.text
    if (next.done) return text
  }
}

/** As much as fits between two turns of the event loop. */
function slice(remaining: Iterator<string>): { text: string; done: boolean } {
  const ends = performance.now() + SLICE_MS
  let text = ''
  do {
    const { value, done } = remaining.next()
    if (done) return { text, done: true }
    text += value
  } while (performance.now() < ends)
  return { text, done: false }
}

function* chunks(families: readonly Family[], format: TextFormat): Generator<string, void> {
  const byName = new Map<string, Family[]>()
  for (const family of families) {
    const same = byName.get(family.name)
    if (same === undefined) byName.set(family.name, [family])
    else same.push(family)
  }
  for (const same of byName.values()) yield* familyChunks(same, format)
  if (format === 'openmetrics') yield '# EOF\n'
}

function* familyChunks(same: readonly Family[], format: TextFormat): Generator<string, void> {
  const { name, type, help } = same[0]!
  const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : ''
  // OpenMetrics names the family without the suffix of its samples, Prometheus with it.
  const head = format === 'openmetrics' ? name : name + suffix
  const heading = `# HELP ${head} ${escapeHelp(help, format)}\n# TYPE ${head} ${typeWord(type, format)}\n`
  let text = ''
  let begun = false
  for (const family of same) {
    for (const part of family.parts?.() ?? [family.points]) {
      for (const { labels, value, suffix: own } of part) {
        if (!begun) text = heading
        begun = true
        text += `${name}${own ?? suffix}${labelsText(labels)} ${numberText(value)}\n`
        if (text.length < CHUNK) continue
        yield flat(text)
        text = ''
      }
    }
  }
  if (text !== '') yield flat(text)
}

/**
 * The same text in one piece. Text that was put together is a tree of its parts until somebody looks into it: of ten thousand
 * lines that is a hundred thousand objects, and to carry them through garbage collections takes longer than to write them.
 */
function flat(text: string): string {
  text.charCodeAt(0)
  return text
}

function typeWord(type: Family['type'], format: TextFormat): string {
  if (format === 'openmetrics') return type
  return type === 'info' ? 'gauge' : type === 'unknown' ? 'untyped' : type
}

function labelsText(labels: Point['labels']): string {
  let text = ''
  for (const name in labels) {
    text += `${text === '' ? '{' : ','}${name}="${escapeLabel(labels[name]!)}"`
  }
  return text === '' ? '' : `${text}}`
}

function numberText(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

function escapeLabel(value: string): string {
  // Hardly any value needs it, and to look is ten times as cheap.
  if (!/[\\"\n]/.test(value)) return value
  return value.replace(/[\\"\n]/g, (letter) => (letter === '\n' ? '\\n' : `\\${letter}`))
}

function escapeHelp(help: string, format: TextFormat): string {
  return format === 'openmetrics' ? escapeLabel(help) : help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
}
