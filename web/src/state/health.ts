/** `/health`, asked again and again: how the pollers fare, and whether this browser is still logged in. */
import { Store } from './store.ts'

/** State of one poller. Source: `PollerStatus`. */
export interface PollerState {
  readonly name: string
  readonly last_sample: number | null
  readonly polls: number
  readonly failures: number
  readonly late: number
  readonly duration_ms: number | null
  readonly last_error: string | null
  readonly saved: boolean
  readonly faults: readonly string[]
}

/** State of one recorder. Source: `RecorderStatus`. */
export interface RecorderState {
  readonly name: string
  readonly destination: string
  /** Documents taken, refused for ever, and lost for want of room. */
  readonly shipped: number
  readonly refused: number
  readonly dropped: number
  /** Waiting in memory, and on disk. */
  readonly queued: number
  readonly spooled: number
  readonly last_shipped: number | null
  readonly last_error: string | null
}

/** What is known of the server's health. */
export interface Health {
  /** Undefined until it answered, and while the token is missing. */
  readonly pollers: readonly PollerState[] | undefined
  /** None where the server has none. */
  readonly recorders: readonly RecorderState[]
  /** The server wants a login that this browser does not show. */
  readonly loginNeeded: boolean
  /** When this was answered, ms of `Date.now()`. */
  readonly at: number
  /** It was asked since, and could not be had. */
  readonly failing: boolean
}

const EVERY_MS = 5000
const TIMEOUT_MS = 4000

/** The newest answer. */
export class HealthPoll {
  readonly state = new Store<Health>({
    pollers: undefined,
    recorders: [],
    loginNeeded: false,
    at: 0,
    failing: false,
  })

  start(): void {
    void this.#ask()
    setInterval(() => {
      if (!document.hidden) void this.#ask()
    }, EVERY_MS)
  }

  async #ask(): Promise<void> {
    try {
      const answer = await fetch('/health', { signal: AbortSignal.timeout(TIMEOUT_MS) })
      const { pollers, recorders = [] } = (await answer.json()) as {
        pollers?: readonly PollerState[]
        recorders?: readonly RecorderState[]
      }
      const loginNeeded = pollers === undefined
      this.state.set({ pollers, recorders, loginNeeded, at: Date.now(), failing: false })
    } catch {
      this.state.set({ ...this.state.value, failing: true })
    }
  }
}
