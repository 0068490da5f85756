/** The plain pages: what is there, and the login. No script; the style is a file of its own, as the CSP wants. */
import { html, raw } from 'hono/html'
import type { PollerStatus } from '../period/index.ts'
import { counted } from '../utils/index.ts'

type Html = ReturnType<typeof html>

/** A whole page around this content. */
export function page(title: string, content: Html): string {
  return String(html`${raw('<!doctype html>')}<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="/style.css"></head><body>${content}</body></html>`)
}

/** What is there: every source with its state and its links. */
export function listPage(
  pollers: readonly { status: PollerStatus; periods: readonly string[]; aggregates: readonly string[] }[],
): string {
  return page(
    'treering',
    html`<h1>treering</h1>
<p>Polls this machine once a second and keeps its history. <a href="/docs">API</a> · <a href="/health">health</a> ·
<a href="/host">host</a> · <a href="/openapi.json">openapi.json</a></p>
${pollers.map(({ status, periods, aggregates }) => source(status, periods, aggregates))}`,
  )
}

function source(status: PollerStatus, periods: readonly string[], aggregates: readonly string[]): Html {
  const base = `/metrics/${status.name}`
  const state =
    status.last_error === null
      ? counted(status.polls, 'poll')
      : html`<span class="bad">${status.last_error}</span>`
  const cells = (aggregate?: string) =>
    periods.map((period) => {
      const query = new URLSearchParams({ period, ...(aggregate === undefined ? {} : { aggregate }) })
      return html`<a href="${base}?${query.toString()}">${period}</a> `
    })
  return html`<h2>${status.name}</h2><p><a href="${base}">newest sample</a> <small>${state}</small></p>
<table>${
    aggregates.length === 0
      ? html`<tr><td>${cells()}</td></tr>`
      : aggregates.map(
          (aggregate) => html`<tr><td><code>${aggregate}</code></td><td>${cells(aggregate)}</td></tr>`,
        )
  }</table>`
}

/** The login. `next` is where a right token leads. */
export function loginPage(next: string, wrong: boolean): string {
  return page(
    'treering: log in',
    html`<h1>treering</h1><form method="post" action="/login">
${wrong ? html`<p class="bad" role="alert">That is not the token.</p>` : ''}
<input type="hidden" name="next" value="${next}">
<label>Token <input type="password" name="token" autocomplete="current-password" autofocus required></label>
<button>Log in</button></form>`,
  )
}
