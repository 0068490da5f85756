/** A real Elasticsearch node on this machine: search-node/README.md. */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from './freeport.ts'

const HERE = fileURLToPath(new URL('../../examples/go-to-elasticsearch/search-node/', import.meta.url))
const run = promisify(execFile)

/** Whether a node can be built and run here. */
export function hasSearchNode(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v mvn && command -v java && command -v flock'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A node with its data in this folder. */
export class SearchNode {
  readonly #folder: string
  readonly #port: number
  readonly #env: NodeJS.ProcessEnv

  private constructor(folder: string, port: number, transport: number) {
    this.#folder = folder
    this.#port = port
    this.#env = { ...process.env, DATA_DIR: folder, TRANSPORT_PORT: String(transport) }
  }

  /** Starts one on a free port, with what the folder holds; builds it first where that was not done yet. */
  static async start(folder: string): Promise<SearchNode> {
    const node = new SearchNode(folder, await freePort(), await freePort())
    await node.start()
    return node
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Starts it again. Returns when it answers. */
  async start(): Promise<void> {
    await run(join(HERE, 'start.sh'), [String(this.#port)], { env: this.#env })
  }

  async stop(): Promise<void> {
    await run(join(HERE, 'stop.sh'), [String(this.#port)], { env: this.#env })
  }

  /** kill -9. */
  kill(): void {
    process.kill(Number(readFileSync(join(this.#folder, 'search-node.pid'), 'utf8')), 'SIGKILL')
  }

  /** Asks it; the answer's JSON, or its text where it is none. */
  async ask(path: string, method = 'GET', body?: object): Promise<Record<string, never>> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    try {
      return JSON.parse(text)
    } catch {
      return { text } as never
    }
  }

  /** The documents of an index as they were shipped, text for text, oldest first; at most 10,000. */
  async documents(index: string): Promise<string[]> {
    await this.ask(`/${index}/_refresh`, 'POST')
    const path = `/${index}/_search?size=10000&sort=@timestamp&filter_path=hits.hits._source`
    const text = await (await fetch(this.url + path)).text()
    // Not by JSON.parse, which would round its numbers.
    return text
      .split('"_source":')
      .slice(1)
      .map((part) => part.slice(0, endOfObject(part)))
  }

  async count(index: string): Promise<number> {
    await this.ask(`/${index}/_refresh`, 'POST')
    return ((await this.ask(`/${index}/_count`)) as { count?: number }).count ?? 0
  }
}

/** Where the JSON object that a text begins with ends. */
function endOfObject(text: string): number {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    if (quoted) {
      if (text[i] === '\\') i++
      else if (text[i] === '"') quoted = false
    } else if (text[i] === '"') quoted = true
    else if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return i + 1
  }
  return text.length
}
