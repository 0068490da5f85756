import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>
}
const doors = Object.keys(exports).filter((door) => typeof exports[door] === 'object')

/** What a program that has treering installed finds behind its doors. */
function namesBehind(names: readonly string[]): Record<string, string[]> {
  const text = `
    const found = {}
    for (const name of ${JSON.stringify(names)}) found[name] = Object.keys(await import(name))
    console.log(JSON.stringify(found))`
  const flags = ['--input-type=module', '--eval', text]
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' }))
}

it('every part that others can use has a door, and each door opens', () => {
  const found = namesBehind(doors.map((door) => door.replace(/^\./, 'treering')))
  for (const [name, behind] of Object.entries(found)) expect(behind, name).not.toEqual([])
  expect(found['treering/recorders']).toContain('openRecorder')
  expect(found['treering/self']).toContain('createSelfSource')
  expect(found.treering).toContain('init')
})

it('what a program asks of the package itself is there', () => {
  const text = "console.log(require('treering/package.json').version)"
  const version = execFileSync(process.execPath, ['--eval', text], { encoding: 'utf8' }).trim()
  expect(version).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version)
})
