/** A chart as a file. */
import { colour } from '../theme.ts'
import type { ChartDefinition } from './definition.ts'
import { lineColour } from './plot.ts'

const TITLE = 30
const KEYS = 26
const REVOKE_MS = 10_000

export function downloadText(name: string, text: string): void {
  download(name, new Blob([text], { type: 'text/csv;charset=utf-8' }))
}

/** The plot with its title and legend, as sharp as on the screen. */
export function downloadPng(
  name: string,
  plot: HTMLCanvasElement,
  { title, names = {} }: ChartDefinition,
  keys: readonly string[],
  hidden: ReadonlySet<string>,
): void {
  const scale = devicePixelRatio
  const canvas = document.createElement('canvas')
  canvas.width = plot.width
  canvas.height = plot.height + (TITLE + KEYS) * scale
  const context = canvas.getContext('2d')!
  context.fillStyle = colour('--panel')
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(plot, 0, TITLE * scale)
  context.scale(scale, scale)
  context.fillStyle = colour('--ink')
  context.font = '600 14px system-ui, sans-serif'
  context.fillText(title, 10, 20)
  context.font = '12px system-ui, sans-serif'
  let left = 10
  const top = canvas.height / scale - 9
  for (const [place, key] of keys.entries()) {
    if (hidden.has(key) || keys.length < 2) continue
    context.fillStyle = lineColour(place)
    context.fillRect(left, top - 9, 10, 10)
    context.fillStyle = colour('--ink')
    const text = names[key] ?? key
    context.fillText(text, left + 14, top)
    left += context.measureText(text).width + 30
  }
  canvas.toBlob((blob) => blob && download(name, blob), 'image/png')
}

function download(name: string, blob: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_MS)
}
