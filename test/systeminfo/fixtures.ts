/**
 * Files of `/proc` and `/sys` of different machines, composed in the formats in which the kernel writes them, so that each
 * folder has what one kind of machine is about. Files of real machines are tested elsewhere: captured ones in
 * `captured*.test.ts`, and what the running kernel writes in `kernel.test.ts` and `kernelmade.test.ts`.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Query } from '../../src/period/index.ts'
import { KeptFile } from '../../src/systeminfo/files.ts'
import type { Roots } from '../../src/systeminfo/index.ts'

/** The folder of a machine. */
export function machine(name: string): string {
  return fileURLToPath(new URL(`../fixtures/systeminfo/${name}`, import.meta.url))
}

/** The text of one of its files. */
export function text(name: string, path: string): string {
  return readFileSync(`${machine(name)}/${path}`, 'utf8')
}

export function file(name: string, path: string): KeptFile {
  return new KeptFile(`${machine(name)}/${path}`)
}

/** Roots that lead to a machine's files and nowhere else. */
export function rootsAt(name: string): Roots {
  const at = machine(name)
  return { proc: `${at}/proc`, sys: `${at}/sys`, root: at, ownProc: `${at}/proc`, ownSys: `${at}/sys` }
}

/** An answer or file of the original program. */
export function original(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/godoxy/${name}.json`, import.meta.url), 'utf8'))
}

export function query(aggregate: string | undefined, more: Partial<Query> = {}): Query {
  const base: Query = { period: '5m', stat: 'mean', limit: 0, offset: 0, keyword: '', params: {}, ...more }
  return aggregate === undefined ? base : { ...base, aggregate }
}

/** A clock that stands until it is moved. */
export class Clock {
  ms = 1_000
  readonly now = (): number => this.ms
}

export const never: AbortSignal = new AbortController().signal

/** What a reader of what may wait knows once it has answers. */
export async function readingOf<T>(reader: { ready(): Promise<void>; look(): T }): Promise<T> {
  await reader.ready()
  return reader.look()
}
