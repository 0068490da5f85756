/**
 * A label to look for in a file, where it has 380 bytes of UTF-8 at most.
 *
 * One that is longer was cut: at a character's boundary by our writer, at the 380th byte, within a character if it so happens, by
 * mc4go and mc4j. Both are it.
 */
import { MAX_LABEL_BYTES } from './layout.ts'

export class Label {
  /** As our writer cuts it. */
  readonly text: string
  readonly #bytes: Buffer
  readonly #theirs: Buffer

  constructor(label: string) {
    const whole = Buffer.from(label)
    let end = Math.min(whole.length, MAX_LABEL_BYTES)
    this.#theirs = whole.subarray(0, end)
    // Source: RFC 3629: the bytes of a character after its first are 10xxxxxx.
    while (end < whole.length && (whole[end]! & 0xc0) === 0x80) end--
    this.#bytes = whole.subarray(0, end)
    this.text = this.#bytes.toString()
  }

  /** Whether these bytes of a file are this label. */
  is(bytes: Uint8Array): boolean {
    return this.#bytes.equals(bytes) || this.#theirs.equals(bytes)
  }
}
