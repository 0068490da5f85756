/**
 * Requests a second beside a bare node:http server that sends the same bytes, in turns.
 *
 * Defends: 5m rows ≥ 0.75 ×, newest sample ≥ 0.6 ×. Needs `wrk` and `taskset`. Also told: the server's CPU µs a request, which says
 * the same on a machine that other work disturbs. Servers and wrk have a CPU each: a scheduler that now and then packs two on one halves
 * what either can do.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillHistory } from './support/history.ts'
import { cpuSeconds, median, newFolder, type Running, startNode, startTreering } from './support/program.ts'

const ROUNDS = 7
const SECONDS = 3
const CONNECTIONS = 32

function load({ child }: Running, url: string): { rps: number; micros: number } {
  const before = cpuSeconds(child.pid!)
  const wrk = ['-c', '1', 'wrk', '-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, url]
  const told = execFileSync('taskset', wrk, { encoding: 'utf8' })
  if (told.includes('Non-2xx')) throw new Error(told)
  const requests = Number(/(\d+) requests in/.exec(told)?.[1])
  return { rps: requests / SECONDS, micros: ((cpuSeconds(child.pid!) - before) * 1e6) / requests }
}

/** All threads of a server on the first CPU. */
function pin({ child }: Running): void {
  execFileSync('taskset', ['-acp', '0', String(child.pid)])
}

const dir = newFolder()
await fillHistory(dir)
const ours = await startTreering(dir)
pin(ours)
for (const [what, path, least] of [
  ['5m rows', '/metrics?period=5m&aggregate=cpu_average', 0.75],
  ['newest sample', '/metrics', 0.6],
] as const) {
  const body = Buffer.from(
    await (await fetch(ours.url + path, { headers: { connection: 'close' } })).arrayBuffer(),
  )
  const script = join(dir, 'bare.mjs')
  writeFileSync(join(dir, 'body'), body)
  writeFileSync(
    script,
    `import http from 'node:http'; import { readFileSync } from 'node:fs'
     const body = readFileSync(${JSON.stringify(join(dir, 'body'))})
     const server = http.createServer((_, answer) => { answer.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }); answer.end(body) })
     server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port))`,
  )
  const bare = await startNode([script])
  pin(bare)
  const rounds = Array.from({ length: ROUNDS + 1 }, () => ({
    bare: load(bare, bare.url),
    ours: load(ours, ours.url + path),
  })).slice(1)
  bare.child.kill()
  const of = (who: 'bare' | 'ours', figure: 'rps' | 'micros') =>
    median(rounds.map((round) => round[who][figure]))
  const ratio = median(rounds.map((round) => round.ours.rps / round.bare.rps))
  const cpu = median(rounds.map((round) => round.bare.micros / round.ours.micros))
  console.log(
    `${what} (${body.length} bytes): ours ${of('ours', 'rps').toFixed(0)}/s ${of('ours', 'micros').toFixed(1)} µs, ` +
      `bare ${of('bare', 'rps').toFixed(0)}/s ${of('bare', 'micros').toFixed(1)} µs: ` +
      `${ratio.toFixed(2)} × by requests, ${cpu.toFixed(2)} × by CPU (budget ≥ ${least} ×)`,
  )
}
ours.child.kill()
process.exit(0)
