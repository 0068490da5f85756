/** Real servers of a test's own, each in a folder of its own, on a Unix socket: no port is picked, nothing is left behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that a test can stop, freeze and start again. */
export interface Server {
  readonly url: string
  /** It accepts and never answers. */
  freeze(): void
  thaw(): void
  /** Ends it hard. */
  kill(): Promise<void>
  /** Starts it again where it was; returns when it answers. */
  start(): Promise<void>
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

/** Redis without persistence: what it held is gone after `kill`. */
export async function redisServer(): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'treering-redis-'))
  const socket = join(dir, 'redis.sock')
  const args = ['--port', '0', '--unixsocket', socket, '--dir', dir, '--save', '', '--appendonly', 'no']
  const answers = () => {
    execFileSync('redis-cli', ['-s', socket, 'ping'], { stdio: 'ignore' })
  }
  return serverOf(dir, socket, 'SIGKILL', () => spawn('redis-server', args, { stdio: 'ignore' }), answers)
}

/** A private cluster of PostgreSQL. It will not run as root: then it runs as the user `postgres`. */
export async function postgresServer(): Promise<Server> {
  const dir = mkdtempSync(join(tmpdir(), 'treering-postgres-'))
  const bin = postgresPrograms()!
  const asRoot = process.getuid?.() === 0
  if (asRoot) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'])))
    chownSync(dir, uid!, gid!)
  }
  const runs = (program: string, args: string[]): [string, string[]] =>
    asRoot
      ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', join(bin, program), ...args]]
      : [join(bin, program), args]
  const cluster = join(dir, 'cluster')
  const initdb = runs('initdb', [
    '-D',
    cluster,
    '-U',
    'test',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '-N',
  ])
  execFileSync(...initdb, { stdio: 'ignore', cwd: dir })
  const settings = ['listen_addresses=', `unix_socket_directories=${dir}`, 'fsync=off', 'max_connections=200']
  const server = runs('postgres', ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])])
  const answers = () => {
    const ready = ['-h', dir, '-U', 'test', '-d', 'postgres', '-t', '1']
    execFileSync(join(bin, 'pg_isready'), ready, { stdio: 'ignore' })
  }
  const url = `postgres://test@/postgres?host=${encodeURIComponent(dir)}`
  // Asked to end at once, without tidying up: killed, it would leave its children behind.
  return serverOf(dir, url, 'SIGQUIT', () => spawn(...server, { stdio: 'ignore', cwd: dir }), answers)
}

/** The folder of PostgreSQL's programs; undefined where there are none. Debian keeps them out of the PATH. */
export function postgresPrograms(): string | undefined {
  const found = ['/usr/lib/postgresql', '/usr/local/pgsql']
    .flatMap((root) =>
      execFileSync('sh', ['-c', `ls ${root}/bin/initdb ${root}/*/bin/initdb 2>/dev/null || true`])
        .toString()
        .split('\n'),
    )
    .filter(Boolean)
  return found.at(-1)?.replace(/\/initdb$/, '')
}

async function serverOf(
  dir: string,
  url: string,
  hard: NodeJS.Signals,
  run: () => ChildProcess,
  answers: () => void,
): Promise<Server> {
  let child: ChildProcess | undefined
  async function start(): Promise<void> {
    child = run()
    for (let tries = 0; ; tries++) {
      try {
        answers()
        return
      } catch (error) {
        if (tries > 200 || child.exitCode !== null)
          throw new Error(`does not start: ${url}`, { cause: error })
        await sleep(50)
      }
    }
  }
  function all(signal: NodeJS.Signals): void {
    for (const pid of [child!.pid!, ...childrenOf(child!.pid!)]) {
      try {
        process.kill(pid, signal)
      } catch (error) {
        // A server's own children come and go.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }
  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    all('SIGCONT')
    child.kill(hard)
    await ended
  }
  await start()
  return {
    url,
    freeze: () => all('SIGSTOP'),
    thaw: () => all('SIGCONT'),
    kill,
    start,
    async close() {
      await kill()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Source: proc(5): children of a process's first thread. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
  return text.split(' ').filter(Boolean).map(Number)
}
