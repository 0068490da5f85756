/** Maps of names and texts, of which each is checked: headers and the like. */
import { validateHeaderName, validateHeaderValue } from 'node:http'
import * as z from 'zod/mini'
import { OWN_FIELDS } from '../recorders/index.ts'

/** A map of texts. */
export const texts = z.record(z.string(), z.string('expected a text'), 'expected a map of name: text')

/** A map of texts; what is wrong with one of them is said by `fault`, which gives undefined where nothing is. */
export function textsThat(fault: (name: string, value: string) => string | undefined) {
  return z.optional(
    texts.check((context) => {
      for (const [name, value] of Object.entries(context.value)) {
        const message = fault(name, value)
        if (message !== undefined)
          context.issues.push({ code: 'custom', path: [name], message, input: value })
      }
    }),
  )
}

/** Fields of every document, beside those that it has anyway. */
export const fields = textsThat((name) => {
  if (OWN_FIELDS.has(name)) return 'every document has its own'
  return name.trim() === '' ? 'a field has a name' : undefined
})

/** Headers of requests, but for those (in small letters) that the sender makes itself. */
export function headersBut(own: readonly string[] = []) {
  return textsThat((name, value) => {
    if (own.includes(name.toLowerCase())) return 'the recorder sends its own'
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
      return undefined
    } catch {
      return 'a header has a name of letters, digits and -, and a text on one line'
    }
  })
}
