/**
 * Where fields are in a document: for each key of each object its flat key, and what is done with what stands there.
 *
 * Documents of one program have the same keys each time. So a place is worked out once and found again by one look-up,
 * instead of joining names and asking the map of bytes for each number of each document.
 */
import type { ByteMap } from './bytes.ts'

/** Characters of a flat key; what has a longer one is left out. */
export const MAX_KEY_LENGTH = 256
/** Objects within objects; what lies deeper is left out. */
export const MAX_DEPTH = 32
/** Places remembered; when there are more all are worked out anew. */
const MAX_PLACES = 50_000

/** A key of an object. */
export interface Place {
  /** With the keys above it, joined by dots. */
  readonly key: string
  /** Whether the key is short enough. */
  readonly lawful: boolean
  /** What a number here is divided by when it is shipped; 1 as it is, 0 not at all. */
  readonly divisor: number
  /** Whether anything else here is shipped. */
  readonly ships: boolean
  /** Whether a list here is pauses. */
  readonly pauses: boolean
  /** Objects above; 1 in the document itself. */
  readonly depth: number
  /** Of an object that stands here. */
  readonly places: Map<string, Place>
}

/** The places of the documents of one source. */
export class Places {
  readonly #bytes: ByteMap
  #root = new Map<string, Place>()
  #byKey = new Map<string, Place>()

  constructor(bytes: ByteMap) {
    this.#bytes = bytes
  }

  /** Of the keys of a document itself. */
  get root(): Map<string, Place> {
    if (this.#byKey.size > MAX_PLACES) {
      this.#root = new Map()
      this.#byKey = new Map()
    }
    return this.#root
  }

  /** By flat key, as it was last found. */
  get(key: string): Place | undefined {
    return this.#byKey.get(key)
  }

  /** The place of a key in an object, which stands at `above`; undefined for the document itself. */
  add(above: Place | undefined, leaf: string): Place {
    const divisor = this.#bytes.divisor(leaf)
    const ships = above?.ships ?? true
    const key = above === undefined ? leaf : `${above.key}.${leaf}`
    const place = {
      key,
      lawful: key.length <= MAX_KEY_LENGTH,
      divisor: ships ? (divisor ?? 1) : 0,
      ships: ships && divisor === undefined,
      pauses: this.#bytes.isPauses(leaf),
      depth: (above?.depth ?? 0) + 1,
      places: new Map(),
    }
    ;(above?.places ?? this.#root).set(leaf, place)
    this.#byKey.set(key, place)
    return place
  }
}
