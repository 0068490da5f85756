import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new folder that is gone when the test ends. */
export function newFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'treering-test-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
