/** What treering tells of itself. */
import type { PollerStatus } from '../period/index.ts'
import type { Family } from '../prometheus/index.ts'
import type { RecorderStatus } from '../recorders/index.ts'

/** How treering fares now. */
export interface OwnNumbers {
  pollers(): PollerStatus[]
  recorders(): RecorderStatus[]
  /** WebSockets open, and those dropped because they did not read. */
  sockets(): { open: number; dropped: number }
  families(): Family[]
}
