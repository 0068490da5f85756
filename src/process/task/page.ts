/**
 * The values that the next flush sends, as a page without script.
 * Source: luci-go server/tsmon/dump.go: metrics without fields in one table, each other one in a table of its own.
 */
import { html, raw } from 'hono/html'
import type { TableRow, TableValue } from './flushable.ts'
import type { TaskStatus } from './options.ts'

type Html = ReturnType<typeof html>

/** Rows of a page; JSON has all. */
export const MAX_PAGE_ROWS = 5_000

/** By name, then number of fields, then the fields' values as text. */
export function sortedRows(rows: readonly TableRow[]): TableRow[] {
  const keyed = rows.map((row) => ({ row, values: Object.values(row.fields).map(String) }))
  keyed.sort(
    (a, b) =>
      compare(a.row.name, b.row.name) ||
      a.values.length - b.values.length ||
      a.values.map((value, i) => compare(value, b.values[i]!)).find((order) => order !== 0) ||
      0,
  )
  return keyed.map(({ row }) => row)
}

/** The page. `rows` are sorted; `total` counts those that are left out, too. Every text in it is escaped. */
export function metricsPage(rows: readonly TableRow[], total: number, status: TaskStatus): string {
  const plain = rows.filter(({ fields }) => Object.keys(fields).length === 0)
  const byMetric = new Map<string, TableRow[]>()
  for (const row of rows) {
    const names = Object.keys(row.fields)
    if (names.length === 0) continue
    const key = JSON.stringify([row.name, names])
    const same = byMetric.get(key)
    if (same === undefined) byMetric.set(key, [row])
    else same.push(row)
  }
  return String(html`${raw('<!doctype html>')}<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>treering: buffered metrics</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="/style.css"></head><body><h1>Buffered metrics</h1>
<p>${task(status)} <small>What the next flush sends. <a href="/process/status">status</a> · <a href="/">treering</a></small></p>
${total > rows.length ? html`<p class="bad">${rows.length} of ${total} rows; all are in the JSON.</p>` : ''}
${rows.length === 0 ? html`<p>Nothing is buffered${status.enabled ? '' : ': metrics are switched off'}.</p>` : ''}
${
  plain.length === 0
    ? ''
    : html`<h2>Metrics without fields</h2><table class="values"><tr><th>Name</th><th>Value</th></tr>
${plain.map((row) => html`<tr><td><code>${row.name}</code> ${mark(row)}</td><td>${valueText(row)}</td></tr>`)}</table>`
}
${[...byMetric.values()].map(table)}</body></html>`)
}

function task({ target, task_num }: TaskStatus): Html | string {
  if (target === null) return 'No flush yet.'
  const names = [target.service_name, target.job_name, target.data_center, target.host_name]
  return html`<code>${names.join(' / ')}</code> number <code>${task_num < 0 ? 'none' : task_num}</code>.`
}

function table(rows: readonly TableRow[]): Html {
  const [first] = rows
  const names = Object.keys(first!.fields)
  return html`<h2><code>${first!.name}</code> ${mark(first!)}</h2><table class="values"><tr>${names.map((name) => html`<th>${name}</th>`)}<th>Value</th></tr>
${rows.map((row) => html`<tr>${Object.values(row.fields).map((value) => html`<td>${String(value)}</td>`)}<td>${valueText(row)}</td></tr>`)}</table>`
}

function mark({ cumulative, overflow }: TableRow): Html | '' {
  const marks = [...(cumulative ? ['cumulative'] : []), ...(overflow === true ? ['all further streams'] : [])]
  return marks.length === 0 ? '' : html`<small>${marks.join(', ')}</small>`
}

function valueText({ value, unit }: TableRow): string {
  const text = textOf(value)
  return unit === undefined ? text : `${text} ${unit}`
}

/** A distribution is shown by its mean, with two decimals. */
function textOf(value: TableValue): string {
  if (typeof value !== 'object') return String(value)
  return value.count === 0
    ? 'empty distribution'
    : `${(value.sum / value.count).toFixed(2)} (mean of ${value.count})`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
