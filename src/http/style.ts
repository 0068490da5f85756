/** The one style of the plain pages; light and dark, a phone's width, no request to any other host. */
export const STYLE = `:root{color-scheme:light dark;--line:#8886;--muted:#777}
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid var(--line)}
code,pre{font:14px/1.45 ui-monospace,monospace}pre{overflow-x:auto;padding:.6rem;border:1px solid var(--line)}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line)}
h2,.values td{overflow-wrap:anywhere}.values td:last-child{min-width:6.5rem}
small,.muted{color:var(--muted)}.bad{color:#c33;font-weight:600}
input,button{font:inherit;padding:.35rem .6rem}
@media(max-width:30rem){body{margin:1rem auto}table{display:block;overflow-x:auto}}
@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8cf}:root{--muted:#999}.bad{color:#f77}}
`
