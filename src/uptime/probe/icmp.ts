/**
 * `icmp`: an echo request is answered. By the system's `ping`, which may send them without this program being root.
 *
 * Its own round trip is the latency, the start of a process is not the target's; only where it prints none, the time
 * until it ended.
 */
import { spawn } from 'node:child_process'
import { errnoOf } from '../../utils/index.ts'
import { Attempt } from './attempt.ts'
import type { Probe } from './probe.ts'
import { failBy } from './reason.ts'

/** Characters that are read of what `ping` prints. */
const MAX_OUTPUT = 4096

/** What a router, or the host itself, answered in place of an echo: behind who it was, and which request. Source: ping(8), Windows' ping. */
const REFUSAL =
  /^(?:From|Reply from|\d+ bytes from) .*?(?:icmp_seq=\d+:?|:) (?!(?:icmp_)?seq=)(.*(?:unreachable|exceeded|prohibited|filtered).*)$/im

/** Phase `rtt`. */
export function icmpProbe(host: string, timeoutMs: number): Probe {
  return (done) => {
    const attempt = new Attempt(done)
    attempt.expect('echo reply')
    const child = spawn('ping', pingArguments(host, timeoutMs), {
      stdio: ['ignore', 'pipe', 'pipe'],
      // What it prints is read.
      env: { ...process.env, LC_ALL: 'C' },
    })
    attempt.hold(() => child.kill('SIGKILL'))
    let out = ''
    let said = ''
    child.stdout.on('data', (part: Buffer) => {
      if (out.length < MAX_OUTPUT) out += part
    })
    child.stderr.on('data', (part: Buffer) => {
      if (said.length < MAX_OUTPUT) said += part
    })
    child.on('error', (error) => {
      if (errnoOf(error) === 'ENOENT')
        attempt.fail('cannot check: there is no program ping', { blame: 'machine' })
      else failBy(attempt, error, host)
    })
    child.on('close', (code) => judge(attempt, host, code, out, said))
    return attempt
  }
}

function judge(attempt: Attempt, host: string, code: number | null, out: string, said: string): void {
  const ms = /time[=<] ?([\d.]+) ?ms/.exec(out)?.[1]
  if (code === 0 && ms !== undefined) {
    const latencyUs = Math.round(Number(ms) * 1000)
    attempt.succeed({ latencyUs, phases: { rtt: latencyUs } })
  } else if (code === 0 && (process.platform !== 'win32' || out.includes('TTL='))) {
    // Only that of Windows ends so where a router says that the host is unreachable.
    attempt.succeed()
  } else if (/permitted|permission|lacking privilege/i.test(said)) {
    attempt.fail('cannot check: ping may not send here', { blame: 'machine' })
  } else if (/not known|unknown host|bad address|no address|name resolution/i.test(said)) {
    attempt.fail(`no DNS name ${JSON.stringify(host)}`)
  } else {
    const line = /^(?:ping: )?(.+)/.exec(said)?.[1] ?? REFUSAL.exec(out)?.[1]
    attempt.fail(line === undefined ? 'no echo reply' : `no echo reply: ${line.trim()}`)
  }
}

/** Source: ping(8) of iputils and busybox: `-W` in seconds; of macOS and Windows in ms. */
function pingArguments(host: string, timeoutMs: number): string[] {
  if (process.platform === 'win32') return ['-n', '1', '-w', String(timeoutMs), host]
  const wait = process.platform === 'darwin' ? timeoutMs : Math.max(1, Math.ceil(timeoutMs / 1000))
  return ['-n', '-c', '1', '-W', String(wait), host]
}
