/** Names of indices, with the time in them: `expvastic-%Y.%m.%d`. */
import { MetricsError } from '../../utils/index.ts'

/** Bytes of a name. Source: Elasticsearch, `MetadataCreateIndexService.MAX_INDEX_NAME_BYTES`. */
const MAX_BYTES = 255
/** Source: Elasticsearch, `Strings.INVALID_FILENAME_CHARS`, and `#` and `:`, which it refuses too. */
const FORBIDDEN = /[\\/*?"<>| ,#:]/

const PARTS: Readonly<Record<string, (time: Date) => string>> = {
  Y: (time) => String(time.getUTCFullYear()).padStart(4, '0'),
  m: (time) => String(time.getUTCMonth() + 1).padStart(2, '0'),
  d: (time) => String(time.getUTCDate()).padStart(2, '0'),
  H: (time) => String(time.getUTCHours()).padStart(2, '0'),
}

/**
 * Checks a name.
 *
 * Differs from expvastic: what the server refuses (capitals, a leading `_`, `-` or `+`, `.`, `#`, `:`) is refused here, at the start and not at
 * each document.
 *
 * @throws MetricsError `invalid`
 */
export function parseIndexName(text: string): string {
  const name = text.replace(/%[YmdH]/g, '0')
  const fault = name.includes('%')
    ? 'of % only %Y, %m, %d and %H are known'
    : text.startsWith('%')
      ? 'it may not begin with a time: the pattern of its template would match indices of other programs'
      : FORBIDDEN.test(name)
        ? 'it may not hold a space or one of \\ / * ? " < > | , # :'
        : name !== name.toLowerCase()
          ? 'it must be in small letters'
          : /^(?:[_+-]|\.{1,2}$)/.test(name)
            ? 'it may not begin with _ - or +, nor be . or ..'
            : Buffer.byteLength(name) > MAX_BYTES
              ? `it may have ${MAX_BYTES} bytes`
              : undefined
  if (text === '' || fault !== undefined)
    throw new MetricsError('invalid', `invalid index name ${JSON.stringify(text)}: ${fault ?? 'it is empty'}`)
  return text
}

/** The index of documents of a time, Unix milliseconds: days and hours are those of UTC, so that a document is always of one index. */
export function indexAt(name: string, at: number): string {
  if (!name.includes('%')) return name
  const time = new Date(at)
  return name.replace(/%([YmdH])/g, (_, part: string) => PARTS[part]!(time))
}

/** Source of the digit: years of this millennium. Words of other programs' names do not begin with it. */
const YEAR_PATTERN = '2*'

/**
 * What matches the indices of a name, and as few others as a pattern without digits can: `expvastic-2*.*.*`. What stands between
 * times is kept; `metrics-*` would be the pattern of what Elastic's own agents write, too.
 */
export function indexPattern(name: string): string {
  return name
    .replaceAll('%Y', YEAR_PATTERN)
    .replace(/%[mdH]/g, '*')
    .replace(/\*{2,}/g, '*')
}
