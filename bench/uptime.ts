/**
 * Uptime: what 1,000 targets cost to check, to keep and to answer.
 *
 * Defends: 1,000 local HTTP targets every second ≤ 0.35 core, none late by over 100 ms, no growth; aggregate and encode
 * 1,000 × 100 ≤ 40 ms; 1,000 × 500 entries ≤ 25 MB of memory, ≤ 12 MB of JSON, load ≤ 300 ms, no stall over 10 ms from a save.
 * Peers: blackbox_exporter probing the same targets (where it is installed), and a bare node:http loop.
 * Run after `npm run build`: `SECONDS=300 npx tsx bench/uptime.ts`, or `… bench/uptime.ts checks`, `… bench/uptime.ts history`.
 */
import { execFileSync } from 'node:child_process'

const PARTS = ['checks', 'history']
const wanted = process.argv.slice(2)
for (const part of wanted.length > 0 ? wanted : PARTS) {
  if (!PARTS.includes(part)) throw new Error(`unknown part ${part}: there are ${PARTS.join(', ')}`)
  execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', `bench/uptime/${part}.ts`], {
    stdio: 'inherit',
  })
}
