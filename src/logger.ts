/** The program's log, on standard error: readable for a person at a terminal, JSON lines for everything else. */
import { type Logger, pino } from 'pino'
import type { LogLevel } from './config/index.ts'

/** A logger of this level. The readable form is loaded only when a terminal reads it. */
export async function createLogger(level: LogLevel, terminal: boolean): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  if (!terminal) {
    const destination = pino.destination({ dest: 2, sync: true })
    // A log that cannot be written, on a full disk say, must not end the polling.
    destination.on('error', () => {})
    return pino(options, destination)
  }
  // By its default export: a bundled CommonJS package has no other.
  const { prettyFactory } = (await import('pino-pretty')).default
  const readable = prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' })
  return pino(options, { write: (line: string) => process.stderr.write(readable(JSON.parse(line)) ?? '') })
}
