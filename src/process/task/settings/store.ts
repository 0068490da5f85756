/**
 * Where a document of settings lies: in code, in a key of Redis, in a row of PostgreSQL.
 *
 * A store only reads and writes; what is read is checked, laid over the configuration's own, and told by `LiveSettings`.
 */

/** A place of one document. */
export interface SettingsStore {
  /** What it is, for people: `code`, `file`, `redis key treering:settings`. */
  readonly name: string
  /** How often it is read. Undefined: only when it says that it changed. */
  readonly pollMs?: number
  /** The document; undefined when there is none. Rejects with `MetricsError`: `unavailable`, `timeout`, or `invalid` when it is no JSON. */
  read(signal: AbortSignal): Promise<unknown>
  /** Puts a document in its place. A store without it cannot be written from here. */
  write?(document: object, signal: AbortSignal): Promise<void>
  /** Calls back soon after somebody changed it, as long as it lives; polling is what can be relied on. */
  listen?(changed: () => void): void
  close?(): Promise<void>
}

/** Settings that live in this process alone, and are lost with it. */
export function settingsInMemory(): SettingsStore {
  let document: object | undefined
  return {
    name: 'code',
    read: async () => document,
    async write(given) {
      document = given
    },
  }
}

/** Settings that stand in the configuration alone: a change of it is given to `LiveSettings.configure`. */
export function settingsInFile(): SettingsStore {
  return { name: 'file', read: async () => undefined }
}
