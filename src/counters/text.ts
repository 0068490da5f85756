/** Texts of a file, of which nobody promises that they are UTF-8. */
import { isUtf8 } from 'node:buffer'

/** A text; where its bytes are not UTF-8 the wrong ones are U+FFFD in it, and the bytes are kept beside it. */
export interface FileText {
  readonly text: string
  readonly bytes: Buffer | undefined
}

/** Takes a text over from a file. */
export function textOf(bytes: Buffer): FileText {
  const text = bytes.toString()
  // Most texts have none, and need no second look.
  const isExact = !text.includes('\ufffd') || isUtf8(bytes)
  return { text, bytes: isExact ? undefined : Buffer.from(bytes) }
}

/** The bytes that stood in the file. */
export function bytesOf({ text, bytes }: FileText): Buffer {
  return bytes ?? Buffer.from(text)
}
