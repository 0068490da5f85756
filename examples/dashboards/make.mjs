/** Writes grafana.json and kibana.ndjson beside itself: `node examples/dashboards/make.mjs`. */
import { writeFileSync } from 'node:fs'
import { grafana } from './grafana.mjs'
import { kibana } from './kibana.mjs'

export const FILES = {
  'grafana.json': `${JSON.stringify(grafana(), null, 2)}\n`,
  'kibana.ndjson': kibana()
    .map((object) => `${JSON.stringify(object)}\n`)
    .join(''),
}

if (process.argv[1] === import.meta.filename)
  for (const [name, text] of Object.entries(FILES)) writeFileSync(new URL(name, import.meta.url), text)
