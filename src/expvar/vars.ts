/**
 * Variables of this process under their names, as the package `expvar` of Go has them.
 *
 * Differs from Go: a registry is made, not there at import, so that nothing runs before somebody asks for it; and what is costly
 * to read is read at most once a second, however often it is asked for.
 */
import { availableParallelism } from 'node:os'
import { type Log, messageOf, SILENT } from '../utils/index.ts'
import { maskArguments } from './cmdline.ts'
import { EventLoop } from './eventloop.ts'
import { GcPauses } from './gc.ts'
import { memstats } from './memstats.ts'
import { FloatVar, FuncVar, IntVar, MapVar, memberOf, StringVar, type Variable } from './variables.ts'

/** Source: Go stops the world for memstats at each request; here a second request within this time gets the same numbers. */
const FRESH_MS = 1000

/** What goes with the variables of a process. */
export interface VarsOptions {
  /**
   * `cmdline`: the arguments with what looks like a secret masked, in full, or not at all. @default 'masked'
   */
  readonly cmdline?: 'masked' | 'full' | 'off'
  /** Told of a function that throws. @default says nothing */
  readonly log?: Log
}

/** Published variables. */
export class Vars implements Iterable<[name: string, variable: Variable]> {
  readonly #variables = new MapVar()
  /** Names that come with every process and may be taken by the program's own. */
  readonly #usual = new Set<string>()
  readonly #log: Log
  readonly #gc = new GcPauses()
  readonly #loop = new EventLoop()

  constructor({ cmdline = 'masked', log = SILENT }: VarsOptions = {}) {
    this.#log = log
    if (cmdline !== 'off')
      this.func('cmdline', () => (cmdline === 'full' ? process.argv : maskArguments(process.argv)))
    this.publish('memstats', fresh(new FuncVar(() => memstats(this.#gc))))
    this.publish('node', fresh(new FuncVar(() => this.#loop.read())))
    const usual = {
      cores: () => availableParallelism(),
      gcpause: () => this.#gc.takeNewestNs(),
      os: () => process.platform,
      uptime: () => process.uptime(),
      version: () => process.version,
    }
    for (const [name, value] of Object.entries(usual)) {
      this.func(name, value)
      this.#usual.add(name)
    }
  }

  /** A new whole number under this name, 0. Throws like `publish`; so do the others. */
  int(name: string): IntVar {
    return this.publish(name, new IntVar())
  }

  /** A new number with a fraction, 0. */
  float(name: string): FloatVar {
    return this.publish(name, new FloatVar())
  }

  /** A new text, empty. */
  string(name: string): StringVar {
    return this.publish(name, new StringVar())
  }

  /** A new map, empty. */
  map(name: string): MapVar {
    return this.publish(name, new MapVar())
  }

  /** What a function returns at each request. When it throws the variable is `null`, and the log says so. */
  func(name: string, value: () => unknown): FuncVar {
    const failed = (error: unknown) =>
      this.#log.warn({ name, reason: messageOf(error) }, 'cannot read variable')
    return this.publish(name, new FuncVar(value, failed))
  }

  /**
   * Puts a variable under a name. The names `cores gcpause os uptime version`, which are there from the beginning, may be taken.
   *
   * @throws TypeError for a name in use.
   * @throws MetricsError `full` beyond `MAX_KEYS` names.
   */
  publish<T extends Variable>(name: string, variable: T): T {
    if (this.#variables.get(name) !== undefined && !this.#usual.delete(name))
      throw new TypeError(`cannot publish variable ${JSON.stringify(name)}: the name is in use`)
    this.#variables.set(name, variable)
    return variable
  }

  /** Undefined for a name not published. */
  get(name: string): Variable | undefined {
    return this.#variables.get(name)
  }

  /** Calls back with each variable, sorted by the bytes of the names. */
  do(visit: (name: string, variable: Variable) => void): void {
    for (const [name, variable] of this) visit(name, variable)
  }

  [Symbol.iterator](): IterableIterator<[name: string, variable: Variable]> {
    return this.#variables[Symbol.iterator]()
  }

  /**
   * All variables, one a line, sorted by name: what Go answers. Functions are called now.
   *
   * @param match Only names that begin with this; others are not computed.
   */
  json(match = ''): string {
    const wanted = [...this].filter(([name]) => name.startsWith(match))
    return `{\n${wanted.map(memberOf).join(',\n')}\n}\n`
  }

  /** Stops watching garbage collection and event loop; their numbers stay as they are. */
  close(): void {
    this.#gc.close()
    this.#loop.close()
  }
}

/** The variables of this process: `cmdline`, `memstats`, `node` and the usual ones are there. Watches until it is closed. */
export function createVars(options: VarsOptions = {}): Vars {
  return new Vars(options)
}

/** The same variable, read at most once in a while. */
function fresh(variable: Variable): Variable {
  let json = ''
  let at = Number.NEGATIVE_INFINITY
  return {
    json() {
      const now = performance.now()
      if (now - at >= FRESH_MS) {
        json = variable.json()
        at = now
      }
      return json
    },
  }
}
