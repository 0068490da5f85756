import { execFileSync } from 'node:child_process'

/** Builds dist/ once before all tests: those that run the program run what is in the sources now. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
}
