#!/usr/bin/env node
/** The command line. Exit codes: 0 done, 1 failed, 2 wrong use or a wrong configuration. */
import { existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import type { CountersFlags } from './commands/counters.ts'
import {
  type Config,
  DEFAULT_CONFIG,
  EXAMPLE_CONFIG,
  LOG_LEVELS,
  type LogLevel,
  loadConfig,
  parseListen,
  watchConfig,
} from './config/index.ts'
import { isLoopbackName } from './http/guard.ts'
import { createLogger } from './logger.ts'
import { init } from './main.ts'
import { PartlyTaken } from './settings.ts'
import { errnoOf, MetricsError, messageOf } from './utils/index.ts'
import { VERSION } from './version.ts'

const FAILED = 1
const WRONG_USE = 2
/** A stop that takes longer than this ends hard: the journal holds what was not saved. */
const STOP_MS = 1800

interface ServeFlags {
  config?: string
  listen?: string
  data?: string
  logLevel?: LogLevel
  insecure?: boolean
}

/** What the file, then the environment, then the flags say. */
async function configOf(flags: ServeFlags, running = false): Promise<Config> {
  const env = process.env
  const file = flags.config ?? (env.TREERING_CONFIG || undefined)
  const config = file === undefined ? DEFAULT_CONFIG : await loadConfig(file, { running })
  const listen = flags.listen ?? (env.TREERING_LISTEN || undefined)
  const data = flags.data ?? (env.TREERING_DATA || undefined)
  return {
    ...config,
    ...(listen === undefined ? {} : { listen: parseListen(listen) }),
    ...(data === undefined ? {} : { dataDir: resolve(data) }),
    ...(flags.logLevel === undefined ? {} : { logLevel: flags.logLevel }),
    token: env.TREERING_TOKEN || config.token,
    insecure: flags.insecure ?? config.insecure,
  }
}

async function serve(flags: ServeFlags): Promise<void> {
  const config = await configOf(flags)
  const log = await createLogger(config.logLevel, process.stderr.isTTY === true)
  const starting = init(config, { log })
  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => {
      log.error({}, 'stopped before everything had ended')
      process.exit(FAILED)
    }, STOP_MS).unref()
    starting
      .then((tree) => tree.close())
      .then(
        (saved) => process.exit(saved ? 0 : FAILED),
        (error) => {
          log.error({ reason: messageOf(error) }, 'cannot stop')
          process.exit(FAILED)
        },
      )
  }
  // Before anybody can know that it runs: a signal that comes while it starts is a stop like any other.
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  const tree = await starting
  const file = flags.config ?? (process.env.TREERING_CONFIG || undefined)
  const reload = async () => {
    try {
      const next = await configOf(flags, true)
      const failure = await tree.apply(next).catch((error) => {
        if (error instanceof PartlyTaken) return error
        throw error
      })
      log.level = next.logLevel
      if (failure === undefined) log.info({ file }, 'configuration taken up')
      else log.error({ file, reason: failure.message }, 'configuration taken up in part')
    } catch (error) {
      log.error({ file, reason: messageOf(error) }, 'configuration not taken up')
    }
  }
  if (file) watchConfig(file, () => void reload())
  process.on('SIGHUP', () => {
    if (file) void reload()
    else log.info({}, 'no configuration file to be taken up: started without --config')
  })
  process.stdout.write(`treering listening on ${tree.url}\n`)
  log.info({ url: tree.url, data: config.dataDir, version: VERSION }, 'started')
}

async function check(file: string): Promise<void> {
  const { listen, token, insecure, warnings } = await loadConfig(file)
  process.stdout.write(`${file}: ok\n`)
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`)
  if (!isLoopbackName(listen.host) && token === undefined && !insecure) {
    process.stderr.write(
      `${file}: listens on ${listen.host} without a token: serve will want TREERING_TOKEN or --insecure\n`,
    )
  }
}

async function writeExample(file: string): Promise<void> {
  if (existsSync(file))
    throw new MetricsError('conflict', `cannot write ${file}: it exists, and is left as it is`)
  try {
    writeFileSync(file, EXAMPLE_CONFIG, { flag: 'wx' })
  } catch (error) {
    const reason =
      errnoOf(error) === 'EISDIR' || file.endsWith('/')
        ? 'it names a folder, not a file'
        : errnoOf(error) === 'ENOENT'
          ? 'there is no such folder'
          : messageOf(error)
    throw new MetricsError('unavailable', `cannot write ${file}: ${reason}`)
  }
  process.stdout.write(`${file}: written; treering serve --config ${file}\n`)
}

const program = new Command('treering')
  .description('Polls this machine once a second, keeps its history, serves it over REST and WebSocket.')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(treering --help says what there is)')

program
  .command('serve')
  .description('poll and serve')
  .option('-c, --config <file>', 'YAML file (TREERING_CONFIG)')
  .option('-l, --listen <host:port>', 'address; port 0 picks one (TREERING_LISTEN; default 127.0.0.1:8888)')
  .option('-d, --data <dir>', 'folder of the histories (TREERING_DATA; default ./data)')
  .addOption(
    new Option('--log-level <level>', 'least level that is logged (default info)').choices([...LOG_LEVELS]),
  )
  .option('--insecure', 'allow an open address without a token (TREERING_TOKEN)')
  .action(serve)
program.command('check <file>').description('check a configuration file').action(check)
program
  .command('init [file]')
  .description('write an annotated configuration file')
  .action((file = 'treering.yaml') => writeExample(file))

program
  .command('counters <file>')
  .description('show a counters file: a name in the counters directory, or a path')
  .option('--json', 'as one line of JSON')
  .option('-w, --watch', 'drawn again each second, with rates')
  .option('-s, --serve [host:port]', 'over HTTP (default 127.0.0.1:8888)')
  .option('--insecure', 'allow --serve on an open address')
  .action(async (file: string, flags: CountersFlags) => {
    const { countersCommand } = await import('./commands/counters.ts')
    await countersCommand(file, flags)
  })

// Nobody may be there to read: that ends neither polling nor saving.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : WRONG_USE
  else {
    // A fault that the user can mend is one line; any other shows where it comes from.
    const known = error instanceof MetricsError || errnoOf(error) !== undefined
    process.stderr.write(`treering: ${known ? messageLines(error) : (error as Error).stack}\n`)
    process.exitCode = error instanceof MetricsError && error.code === 'invalid' ? WRONG_USE : FAILED
  }
}

function messageLines(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
