/** Load averages from `/proc/loadavg`. */
import type { KeptFile } from './files.ts'
import type { Load } from './sample.ts'

/** How often load averages are read. Source: the kernel computes them anew every 5 s (LOAD_FREQ in sched/loadavg.h). */
const LOAD_INTERVAL_MS = 4_500

/** `0.52 0.58 0.59 1/987 12345`. Throws if there are no three numbers. */
export function parseLoad(text: string): Load {
  const [load1, load5, load15] = text.split(' ', 3).map(Number.parseFloat)
  if (!Number.isFinite(load1) || !Number.isFinite(load5) || !Number.isFinite(load15)) {
    throw new Error('the file loadavg does not start with three numbers')
  }
  return { load1: load1!, load5: load5!, load15: load15! }
}

/** Reads load averages when they may have changed. */
export class LoadReader {
  readonly #file: KeptFile
  readonly #clock: () => number
  #latest: Load | undefined
  #readAt = Number.NEGATIVE_INFINITY

  constructor(file: KeptFile, clock: () => number) {
    this.#file = file
    this.#clock = clock
  }

  read(): Load {
    const now = this.#clock()
    if (this.#latest === undefined || now - this.#readAt >= LOAD_INTERVAL_MS) {
      this.#latest = parseLoad(this.#file.read())
      this.#readAt = now
    }
    return this.#latest
  }

  close(): void {
    this.#file.close()
  }
}
