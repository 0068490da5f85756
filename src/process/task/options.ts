/** What a task is made with, and what it says of itself. */
import type { Log } from '../../utils/index.ts'
import type { Clock } from './clock.ts'
import type { Flushable, Send } from './flushable.ts'
import type { TaskSettings } from './settings/settings.ts'
import type { SettingsStore } from './settings/store.ts'
import type { TargetJson, TaskIdentity } from './target.ts'
import type { TaskNumAllocator } from './tasknumbers/allocator.ts'

/** Options of `State`. */
export interface StateOptions {
  /** Who this process is. Asked for at the first flush after each start and each time it is enabled. */
  readonly target: TaskIdentity | (() => TaskIdentity)
  /** Which of the instances of that task; asked for once. @default host, pid and a random part */
  readonly instanceId?: string | (() => string) | undefined
  /** Who gives numbers. Undefined: the number is always 0. */
  readonly taskNumAllocator?: TaskNumAllocator | undefined
  /** Flushes go to the log, not to `send`. @default false */
  readonly isDevMode?: boolean | undefined
  /** Settings by key, as they stand in a configuration; a store's are laid over them. @default those of `DEFAULT_SETTINGS` */
  readonly settings?: object | undefined
  /** Where further settings come from. @default code alone: `state.settings.put(…)` */
  readonly settingsStore?: SettingsStore | undefined
  /** What is flushed. */
  readonly metrics: Flushable
  /** Takes flushes. Needed unless in dev mode. */
  readonly send?: Send | undefined
  /** Called before the values are read, at each flush: the time to take measures. */
  readonly beforeFlush?: ((settings: TaskSettings) => void | Promise<void>) | undefined
  /** Versions that each flush tells. */
  readonly components?: Readonly<Record<string, string>> | undefined
  /** Cells that `send` gets at a time, by as many workers as the settings say; 0 is all in one. @default 500 */
  readonly partSize?: number | undefined
  /** Names of the recorders there are: what the setting `destination` may name. Undefined: anything. */
  readonly destinations?: (() => readonly string[]) | undefined
  /** Shorter flush intervals are refused. @default 10 s */
  readonly leastIntervalMs?: number | undefined
  /** @default this machine's */
  readonly clock?: Clock | undefined
  /** @default says nothing */
  readonly log?: Log | undefined
}

/** How a task does, as JSON. Times are Unix seconds. */
export interface TaskStatus {
  readonly enabled: boolean
  /** null before the first flush. */
  readonly target: TargetJson | null
  readonly instance_id: string
  /** −1 while there is none. */
  readonly task_num: number
  /** When the last flush that was sent began; null before the first. */
  readonly last_flush: number | null
  /** null while it is disabled. */
  readonly next_flush: number | null
  /** Why the last flush failed, or why there is no number, or why its lease could not be renewed; null when all is well. */
  readonly last_error: string | null
  readonly settings: {
    readonly source: string
    /** Whether `PUT /process/settings` can change them. */
    readonly writable: boolean
    /** Why what the source holds is not in force; null when it is. */
    readonly error: string | null
  }
}
