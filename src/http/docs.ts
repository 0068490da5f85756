/** The API's description as a page, made on the server from the same object as `/openapi.json`. */
import { html } from 'hono/html'
import type { OpenApi, Operation } from './openapi.ts'
import { page } from './pages.ts'

/** The page of `/docs`. */
export function docsPage({ info, paths }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  return page(
    `${info.title} API`,
    html`<h1>${info.title} ${info.version}</h1>
<p>${info.description} <a href="/">Sources</a> · <a href="/openapi.json">openapi.json</a></p>
${operations.map(({ path, method, operation }) => section(path, method, operation))}`,
  )
}

function section(path: string, method: string, operation: Operation) {
  return html`<h2><code>${method.toUpperCase()} ${path}</code></h2>
<p>${operation.summary}${operation.description === undefined ? '' : html`<br><small>${code(operation.description)}</small>`}</p>
${operation.parameters === undefined ? '' : parameters(operation.parameters)}
<table>${Object.entries(operation.responses).map(
    ([status, { description }]) => html`<tr><td><code>${status}</code></td><td>${description}</td></tr>`,
  )}</table>`
}

function parameters(list: NonNullable<Operation['parameters']>) {
  return html`<table>${list.map(({ name, description, schema }) => {
    const allowed = (schema as { enum?: readonly string[] }).enum
    return html`<tr><td><code>${name}</code></td><td>${description}${
      allowed === undefined ? '' : html` <small>${allowed.join(' ')}</small>`
    }</td></tr>`
  })}</table>`
}

/** Words between backticks as code. */
function code(text: string) {
  return text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))
}
