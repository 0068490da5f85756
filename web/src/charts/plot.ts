/** uPlot as this page draws: a line for the mean, a band from least to greatest, gaps as gaps, one cursor for all. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { type Columns, lonely } from '../state/series.ts'
import { colour } from '../theme.ts'
import { axisSteps, axisTime, format, moment, type Unit } from '../units.ts'

/** All charts of the page share one cursor. */
const SYNC = 'treering'
const FONT = '11px system-ui, sans-serif'
const AXIS_WIDTH = 62
const AXIS_HEIGHT = 26
/** Where a chart is narrower, times stand closer: one alone would say little. */
const NARROW = 400
const DRAG_PIXELS = 6
/** Lines after the eighth are dashed: colours begin anew. */
const COLOURS = 8

/** How a chart is to be drawn. */
export interface PlotOptions {
  readonly unit: Unit
  readonly keys: readonly string[]
  /** Place of each key's colour, which stays while others are hidden. */
  readonly places: readonly number[]
  readonly bands: boolean
  readonly ceiling: number | undefined
  /** Unix seconds that a line marks. */
  readonly begun: number | undefined
  readonly limits: readonly { readonly value: number; readonly text: string }[]
  /** What time is shown, Unix seconds. */
  readonly range: () => readonly [from: number, to: number]
  readonly onCursor: (index: number | null) => void
  readonly onZoom: (from: number, to: number) => void
}

/** A drawn chart. */
export interface Plot {
  update(columns: Columns): void
  resize(width: number, height: number): void
  /** Moves the cursor of all charts by so many points, or away. */
  moveCursor(by: number | null): void
  readonly canvas: HTMLCanvasElement
  destroy(): void
}

/** The colour of the n-th line. */
export function lineColour(place: number): string {
  return colour(`--line-${(place % COLOURS) + 1}`)
}

export function createPlot(parent: HTMLElement, width: number, height: number, options: PlotOptions): Plot {
  const plot = new uPlot(plotOptions(width, height, options), [[]], parent)
  return {
    update: (columns) => plot.setData(alignedData(columns, options), true),
    resize: (width, height) => plot.setSize({ width, height }),
    moveCursor(by) {
      const x = plot.data[0]
      const at = by === null ? Number.NaN : (plot.cursor.idx ?? x.length) + by
      const time = x[Math.min(Math.max(at, 0), x.length - 1)]
      for (const each of uPlot.sync(SYNC).plots) {
        const left = time === undefined ? -10 : each.valToPos(time, 'x')
        each.setCursor({ left, top: left < 0 ? -10 : 0 })
      }
    },
    canvas: plot.ctx.canvas,
    destroy: () => plot.destroy(),
  }
}

/** Times, then for each key its mean, least and greatest. */
function alignedData({ x, columns }: Columns, { keys, bands }: PlotOptions): uPlot.AlignedData {
  const none = x.map(() => null)
  const data: (number | null)[][] = []
  for (const key of keys) {
    const column = columns.find((each) => each.key === key)
    data.push(column?.mean ?? none)
    if (bands) data.push(column?.min ?? none, column?.max ?? none)
  }
  return [x, ...data] as uPlot.AlignedData
}

function plotOptions(width: number, height: number, options: PlotOptions): uPlot.Options {
  const { unit, keys, places, bands, range, onCursor, onZoom } = options
  const [ink, grid] = [colour('--muted'), colour('--grid')]
  const axis = { stroke: ink, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } }
  const each = bands ? 3 : 1
  return {
    width,
    height,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [...range()] },
      y: { range: (_, min, max) => yRange(min, max, options) },
    },
    axes: [
      {
        ...axis,
        size: AXIS_HEIGHT,
        space: (_self, _axis, _from, _to, width) => (width < NARROW ? 56 : 70),
        incrs: (_self, _axis, from, to) => axisSteps(to - from),
        values: (self, splits) => {
          const { min = 0, max = 0 } = self.scales.x ?? {}
          return splits.map((at) => axisTime(at, (max ?? 0) - (min ?? 0)))
        },
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        space: 32,
        ...(unit === 'bytes' ? { incrs: BINARY_STEPS } : {}),
        values: (_, splits) => splits.map((value) => format(value, unit)),
      },
    ],
    series: [
      {},
      ...keys.flatMap((_, i) => {
        const stroke = lineColour(places[i]!)
        const dash = places[i]! >= COLOURS ? { dash: [6, 3] } : {}
        const line = {
          stroke,
          width: 1.5,
          spanGaps: false,
          ...dash,
          points: { filter: dots, size: 4, fill: stroke },
        }
        return bands ? [line, UNSEEN, UNSEEN] : [line]
      }),
    ] as uPlot.Series[],
    bands: bands
      ? keys.map((_, i) => ({
          series: [1 + i * each + 2, 1 + i * each + 1] as [number, number],
          fill: `${lineColour(places[i]!)}33`,
        }))
      : [],
    cursor: {
      sync: { key: SYNC },
      drag: { x: true, y: false, setScale: false, dist: DRAG_PIXELS },
      points: { size: 6, width: 1.5 },
      y: false,
    },
    hooks: {
      setCursor: [(self) => onCursor(self.cursor.idx ?? null)],
      setSelect: [
        (self) => {
          const { left, width } = self.select
          if (width === 0) return
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          onZoom(self.posToVal(left, 'x'), self.posToVal(left + width, 'x'))
        },
      ],
      draw: [(self) => drawLimits(self, options), (self) => drawBegin(self, options)],
    },
  }
}

/** Least and greatest: what the band lies between. */
const UNSEEN: uPlot.Series = { stroke: 'transparent', width: 0, spanGaps: false, points: { show: false } }

/** Points without neighbours. uPlot asks with the places it shows. */
function dots(self: uPlot, series: number, show: boolean, gaps?: null | number[][]): number[] | null {
  void show
  void gaps
  return lonely(self.data[series] as (number | null)[])
}

const BINARY_STEPS = Array.from({ length: 56 }, (_, power) => 2 ** power)

/** From zero, so that heights compare; a percentage to a hundred, so that a quiet machine looks quiet. */
function yRange(
  min: number | null,
  max: number | null,
  { unit, ceiling, limits }: PlotOptions,
): [number, number] {
  if (unit === 'percent') return [0, Math.max(100, max ?? 0)]
  if (ceiling !== undefined) return [0, Math.max(ceiling, max ?? 0)]
  const least = unit === 'celsius' ? Math.min(20, min ?? 20) : Math.min(0, min ?? 0)
  const near = limits.map(({ value }) => value).filter((value) => value <= (max ?? 0) * 1.5)
  const greatest = Math.max(max ?? 0, ...near, least)
  return greatest === least ? [least, least + 1] : [least, greatest + (greatest - least) * 0.08]
}

/** A line down from the moment at which what is wrong began. */
function drawBegin({ ctx, bbox, valToPos }: uPlot, { begun, range }: PlotOptions): void {
  const [from, to] = range()
  if (begun === undefined || begun < from || begun > to) return
  const x = Math.round(valToPos(begun, 'x', true))
  drawLine(ctx, [x, bbox.top], [x, bbox.top + bbox.height])
  drawText(ctx, `since ${moment(begun)}`, x + 4 * devicePixelRatio, bbox.top + 11 * devicePixelRatio)
}

function drawLine(ctx: CanvasRenderingContext2D, from: [number, number], to: [number, number]): void {
  ctx.save()
  ctx.strokeStyle = colour('--down')
  ctx.setLineDash([4, 4])
  ctx.beginPath()
  ctx.moveTo(...from)
  ctx.lineTo(...to)
  ctx.stroke()
  ctx.restore()
}

function drawText(ctx: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  ctx.save()
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
  // At the right edge it stands on the other side of its line.
  const beyond = x + ctx.measureText(text).width > ctx.canvas.width
  ctx.textAlign = beyond ? 'right' : 'left'
  ctx.fillStyle = colour('--down')
  ctx.fillText(text, beyond ? x - 8 * devicePixelRatio : x, y)
  ctx.restore()
}

function drawLimits({ ctx, bbox, valToPos, scales }: uPlot, { limits }: PlotOptions): void {
  const drawn = new Set<number>()
  for (const { value, text } of limits) {
    if (value > (scales.y?.max ?? 0) || drawn.has(value)) continue
    drawn.add(value)
    const y = Math.round(valToPos(value, 'y', true))
    drawLine(ctx, [bbox.left, y], [bbox.left + bbox.width, y])
    drawText(ctx, text, bbox.left + 4 * devicePixelRatio, y - 3 * devicePixelRatio)
  }
}
