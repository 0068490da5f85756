/** What the page asks over its connection, and who looks at the answers. */

/** What is asked of a source. `history` brings the whole period first, then its newest slots. */
export interface Question {
  readonly source: string
  readonly query: string
  readonly history: boolean
}

/** Who looks at an answer. */
export interface Receiver {
  receive(body: unknown, whole: boolean): void
  /** The server cannot answer, and says why; it is asked again. */
  fail(error: string): void
}
