/** The index template: what the server would else guess from the first document. */
import { OWN_FIELDS } from '../document.ts'
import { indexPattern } from './indexname.ts'
import type { SearchOptions } from './options.ts'

/** Above those that the servers bring (100 and below); of two of ours that match one index the longer name decides. */
const PRIORITY = 200
/** Letters of a keyword; a longer text is stored and not searchable. Source: Lucene's limit of 32,766 bytes, four bytes a letter. */
const KEYWORD_LETTERS = 8191

/** A request's path and bodies: the first that the server knows all words of is used. */
export interface Template {
  readonly path: string
  readonly bodies: readonly object[]
}

/**
 * Numbers become `double`, whatever the first one looked like (JavaScript writes 12.0 as 12, from which the server guesses `long`, which
 * cuts fractions and refuses lists such as [0.1, 666]); texts `keyword`; nothing is taken for a date but `@timestamp`.
 *
 * Where the server knows how (Elasticsearch 8.14), names with dots are names and no objects, so that `a` and `a.b` may both be there, and a
 * document with more fields than the index may have is taken without them instead of being refused.
 */
export function templateOf({ index, dataStream = false }: SearchOptions): Template {
  const pattern = indexPattern(index)
  const mappings = {
    date_detection: false,
    numeric_detection: false,
    dynamic_templates: [
      { whole_numbers: { match_mapping_type: 'long', mapping: { type: 'double' } } },
      { numbers: { match_mapping_type: 'double', mapping: { type: 'double' } } },
      {
        texts: {
          match_mapping_type: 'string',
          mapping: { type: 'keyword', ignore_above: KEYWORD_LETTERS },
        },
      },
    ],
    properties: Object.fromEntries(
      [...OWN_FIELDS].map((name) => [name, { type: name === '@timestamp' ? 'date' : 'keyword' }]),
    ),
  }
  const body = (template: object) => ({
    index_patterns: [pattern],
    priority: PRIORITY + pattern.length,
    ...(dataStream ? { data_stream: {} } : {}),
    template,
    _meta: { managed_by: 'treering' },
  })
  return {
    path: `/_index_template/${encodeURIComponent(`treering-${pattern.replaceAll('*', 'x')}`)}`,
    bodies: [
      body({
        settings: { 'index.mapping.total_fields.ignore_dynamic_beyond_limit': true },
        mappings: { subobjects: false, ...mappings },
      }),
      body({ mappings }),
    ],
  }
}
