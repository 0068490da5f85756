/**
 * A program in namespaces of its own, where a test has made interfaces or mounts: reads one sample, and writes it with what the
 * system's tool printed just before, as JSON. What the tool printed just after was the same.
 */
import { execFileSync } from 'node:child_process'
import { createSystemInfo } from '../../src/systeminfo/index.ts'

const [, , ...tool] = process.argv
const source = createSystemInfo({ host: false, settleMs: 0 })
const printed = () => execFileSync(tool[0]!, tool.slice(1)).toString()
let before: string
let sample: Awaited<ReturnType<typeof source.collect>>
do {
  before = printed()
  sample = await source.collect(0, undefined, new AbortController().signal)
} while (before !== printed())
await source.close()
process.stdout.write(JSON.stringify({ sample, printed: JSON.parse(before) }))
