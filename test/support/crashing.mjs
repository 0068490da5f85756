/**
 * A process that polls ten times a second and saves as often as it can, to be killed: `node crashing.mjs DIR`. Prints the
 * time of each sample that is in its history, those that it found first.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Poller } from '../../dist/period/index.js'

const poller = new Poller(
  {
    name: 'crash',
    intervalMs: 100,
    collect: async (now) => ({ times: [now] }),
    reduce: (entry, { times }) => ({ times: [...(entry?.times ?? []), ...times], padding: 'x'.repeat(500) }),
    aggregate: (entries) => ({ total: entries.length, data: entries.flatMap(({ times }) => times) }),
  },
  { dir: process.argv[2], log: { debug() {}, info() {}, warn: fault, error: fault } },
)
function fault(fields, message) {
  console.log(JSON.stringify({ fault: message, fields }))
}
poller.load()
const found = poller.query({ period: '5m', stat: 'mean', limit: 0, offset: 0, keyword: '', params: {} }).data
console.log(JSON.stringify({ found }))
poller.subscribe((_, now) => console.log(JSON.stringify({ polled: now })))
setInterval(() => void poller.poll(), 100)
for (;;) {
  await sleep(Math.random() * 400)
  await poller.save()
}
