import { execFileSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { newFolder } from './folder.ts'

/** A file system of so many KiB; undefined where mounting is not allowed. */
export function tinyDisk(kibibytes = 64): string | undefined {
  const dir = newFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', dir], { stdio: 'ignore' })
    onTestFinished(() => void execFileSync('umount', ['-l', dir], { stdio: 'ignore' }))
    return dir
  } catch {
    return undefined
  }
}
