import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { LOG_LEVELS, type Log, withLevel } from '../../src/utils/index.ts'
import { keptLog } from '../support/log.ts'

const sayAll = (log: Log) => {
  for (const level of LOG_LEVELS) log[level]({}, level)
}

describe('a log at a level of its own', () => {
  it('says what is at or above it', () => {
    const log = keptLog()
    sayAll(withLevel(log, 'warn'))
    expect(log.said.map(({ message }) => message)).toEqual(['warn', 'error'])
  })

  it('may be louder than the program, where the log is a pino logger', () => {
    const lines: string[] = []
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
    sayAll(withLevel(log, 'debug'))
    expect(lines).toEqual(['debug', 'info', 'warn', 'error'])
  })
})
