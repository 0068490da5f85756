/**
 * Lists of aliases that samples and entries share.
 *
 * There are hundreds of entries and a thousand targets, and the targets hardly ever change: so their names are kept
 * once, and an entry's numbers stand in the order of its list.
 */

import { createHash } from 'node:crypto'

/** 96 bits: two lists will never have one. */
const ID_LENGTH = 16

/** Aliases in order. Never changed: other targets are another list. */
export class AliasList {
  readonly aliases: readonly string[]
  #places: Map<string, number> | undefined
  #id: string | undefined

  constructor(aliases: readonly string[]) {
    this.aliases = aliases
  }

  /** The same for the same aliases, today and tomorrow: how entries on disk name their list. */
  get id(): string {
    this.#id ??= createHash('sha256')
      .update(JSON.stringify(this.aliases))
      .digest('base64url')
      .slice(0, ID_LENGTH)
    return this.#id
  }

  get length(): number {
    return this.aliases.length
  }

  /** Place of an alias; undefined when it is not in the list. */
  placeOf(alias: string): number | undefined {
    this.#places ??= new Map(this.aliases.map((each, place) => [each, place]))
    return this.#places.get(alias)
  }

  /** Whether these are its aliases, in this order. */
  is(aliases: readonly string[]): boolean {
    return aliases.length === this.length && aliases.every((alias, place) => alias === this.aliases[place])
  }

  /** Whether all of these are in the list. */
  holds(aliases: readonly string[]): boolean {
    return aliases.every((alias) => this.placeOf(alias) !== undefined)
  }
}

/** The lists of one source: the same aliases are the same list. */
export class AliasLists {
  /** The newest, which most entries have. */
  current = new AliasList([])
  /** Those of files, which their entries have, by id. */
  readonly #read = new Map<string, AliasList>()
  readonly #unions = new WeakMap<AliasList, WeakMap<AliasList, AliasList>>()

  /** The list of these aliases, which is the current one from now on. */
  of(aliases: readonly string[]): AliasList {
    if (this.current.is(aliases)) return this.current
    const list = new AliasList([...aliases])
    this.current = this.#read.get(list.id) ?? list
    return this.current
  }

  /** Takes the lists of a file, the newest last, which is the current one from now on. */
  take(lists: readonly (readonly string[])[]): void {
    for (const aliases of lists) {
      const list = new AliasList(aliases)
      if (!this.#read.has(list.id)) this.#read.set(list.id, list)
      this.current = this.#read.get(list.id)!
    }
  }

  /** The list of this id, of those that were taken; undefined when it is none of them. */
  byId(id: unknown): AliasList | undefined {
    return this.#read.get(id as string)
  }

  /** A list of the current one's aliases and these. */
  with(aliases: readonly string[]): AliasList {
    return this.union(this.current, new AliasList([...new Set(aliases)]))
  }

  /** A list that holds these aliases, which is the current one from now on. */
  holding(aliases: readonly string[]): AliasList {
    if (!this.current.holds(aliases)) this.current = this.with(aliases)
    return this.current
  }

  /** A list that holds both; the first one itself when that does. */
  union(a: AliasList, b: AliasList): AliasList {
    if (a === b) return a
    let known = this.#unions.get(a)
    if (known === undefined) {
      known = new WeakMap()
      this.#unions.set(a, known)
    }
    let both = known.get(b)
    if (both === undefined) {
      if (a.holds(b.aliases)) both = a
      else if (b.holds(a.aliases)) both = b
      else
        both = new AliasList([...a.aliases, ...b.aliases.filter((alias) => a.placeOf(alias) === undefined)])
      known.set(b, both)
    }
    return both
  }
}
