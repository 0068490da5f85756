/**
 * A Go program → treering → a real Elasticsearch, and a Prometheus where one is installed; at its end it proves that what arrived is what
 * was published.
 *
 *     node examples/go-to-elasticsearch/run.mjs [SECONDS]
 *
 * Runs until Ctrl-C, or so many seconds. Needs Go, and a JDK 17 with Maven for Elasticsearch (its jars come from Maven Central at the first
 * start, some 100 MB). Everything it writes is in a folder of its own, removed at the end.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { compareIndex, compareSeries } from './compare.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const PROJECT = join(HERE, '../..')
const seconds = Number(process.argv[2] ?? Number.POSITIVE_INFINITY)
const folder = mkdtempSync(join(tmpdir(), 'treering-example-'))
const children = []

/** This port, or a free one where it is taken. */
async function portNear(wanted) {
  const server = createServer()
  server.listen(wanted, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return portNear(0)
  }
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a program in the folder; returns it and what its first line says. */
async function start(command, args, env = {}) {
  const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...env }, detached: true })
  children.push(child)
  child.stderr.pipe(process.stderr)
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)))
    child.stdout.once('data', (line) => resolve({ child, line: String(line) }))
  })
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Waits until nothing waits for a recorder any more: a store that was just started takes its time. */
async function shipped(listen) {
  for (const ends = Date.now() + 60_000; Date.now() < ends; await sleep(200)) {
    const { recorders } = await (await fetch(`http://${listen}/health`)).json()
    // A batch that is due in a moment is counted as well.
    if (recorders.every(({ queued, spooled }) => queued + spooled === 0)) return
  }
}

async function startPrometheus() {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  writeFileSync(join(folder, 'prometheus.yml'), 'scrape_configs: []\n')
  const address = `127.0.0.1:${await portNear(9090)}`
  const flags = [
    '--config.file=prometheus.yml',
    // Debian's own default is one folder for all: samples of runs before would be found, too.
    '--storage.tsdb.path=prometheus',
    `--web.listen-address=${address}`,
    '--web.enable-remote-write-receiver',
  ]
  children.push(spawn('prometheus', flags, { cwd: folder, stdio: 'ignore', detached: true }))
  const ready = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await ready())) await sleep(100)
  return `http://${address}`
}

/** The configuration; without a route to Prometheus where there is none. */
function configuration(prometheus) {
  const text = readFileSync(join(HERE, 'treering.yaml'), 'utf8')
  const file = join(folder, 'treering.yaml')
  const without = text.replace(/ {2}prometheus:\n( {4}.*\n)+/, '').replace(', prometheus]', ']')
  writeFileSync(file, prometheus === undefined ? without : text)
  return file
}

async function run() {
  const node = String(await portNear(9200))
  const nodeEnv = {
    ...process.env,
    DATA_DIR: join(folder, 'elasticsearch'),
    TRANSPORT_PORT: String(await portNear(0)),
  }
  console.log('starting Elasticsearch; at the first time its jars are fetched, which takes some minutes …')
  execFileSync(join(HERE, 'search-node/start.sh'), [node], {
    env: nodeEnv,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    const search = `http://127.0.0.1:${node}`
    const prometheus = await startPrometheus()
    execFileSync('go', ['build', '-o', join(folder, 'app'), '.'], {
      cwd: join(HERE, 'app'),
      stdio: 'inherit',
    })
    const app = await start(join(folder, 'app'), ['published.txt'])

    if (!existsSync(join(PROJECT, 'dist/cli.js')))
      execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: PROJECT, stdio: 'inherit' })
    const listen = `127.0.0.1:${await portNear(8888)}`
    const args = [
      join(PROJECT, 'dist/cli.js'),
      'serve',
      '--config',
      configuration(prometheus),
      '--listen',
      listen,
    ]
    const treering = await start(process.execPath, [...args, '--log-level', 'warn'], {
      GO_APP: app.line.trim(),
      ELASTICSEARCH: search,
      ...(prometheus && { PROMETHEUS: prometheus }),
    })
    console.log(`
  the page        http://${listen}/?view=apps
  an hour of one  curl 'http://${listen}/metrics/GoApp?period=1h&aggregate=memstats.Alloc'
  the index       curl '${search}/goapp/_search?size=1&sort=@timestamp:desc&pretty'${
    prometheus ? `\n  the series      curl '${prometheus}/api/v1/query?query=expvar_requests'` : ''
  }

${seconds === Number.POSITIVE_INFINITY ? 'Ctrl-C ends it, and compares.' : `It ends after ${seconds} seconds, and compares.`}
`)
    await Promise.race([interrupted, ...(Number.isFinite(seconds) ? [sleep(seconds * 1000)] : [])])
    const history = await (
      await fetch(`http://${listen}/metrics/GoApp?period=1h&aggregate=memstats.Alloc`)
    ).json()
    console.log(`history: ${history.data[0]?.points.length ?? 0} points of memstats.Alloc in the last hour`)
    // The program ends first: whatever it has answered is shipped.
    await stop(app.child)
    await shipped(listen)
    await stop(treering.child)

    const published = readFileSync(join(folder, 'published.txt'), 'utf8').trim().split('\n')
    const told = [
      await compareIndex(published, search),
      prometheus && (await compareSeries(published, prometheus)),
    ]
    for (const { text } of told.filter(Boolean)) console.log(text)
    if (told.some((each) => each?.equal === false)) process.exitCode = 1
  } finally {
    for (const child of children) await stop(child)
    execFileSync(join(HERE, 'search-node/stop.sh'), [node], { env: nodeEnv, stdio: 'ignore' })
    rmSync(folder, { recursive: true, force: true })
  }
}

const interrupted = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, resolve)
})
await run()
