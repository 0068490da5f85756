import { execFileSync } from 'node:child_process'
import type { TestContext } from 'vitest'

/** Goes on only where something is to be had; else the test is skipped aloud, and in CI it fails. */
export function need(context: TestContext, there: boolean, what: string): void {
  if (there) return
  if (process.env.CI === 'true') throw new Error(`missing in CI: ${what}`)
  console.warn(`SKIPPED: ${context.task.name}: missing: ${what}`)
  context.skip()
}

/** Goes on only where this program is installed. */
export function needProgram(context: TestContext, name: string): void {
  let there = true
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' })
  } catch {
    there = false
  }
  need(context, there, name)
}
