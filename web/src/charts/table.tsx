/** The numbers of a chart, newest first: for screen readers, and for who wants to know exactly. */
import type { Columns } from '../state/series.ts'
import { format, moment } from '../units.ts'
import { type ChartDefinition, isWithin, nameIn, type Zoom } from './definition.ts'

interface ChartTableProps {
  readonly definition: ChartDefinition
  readonly columns: Columns
  readonly zoom: Zoom | undefined
}

export function ChartTable({ definition, columns: { x, columns }, zoom }: ChartTableProps) {
  const { title, unit } = definition
  const places = x.map((_, i) => i).reverse()
  const shown = places.filter((i) => {
    return isWithin(x[i]!, zoom) && columns.some(({ mean }) => (mean[i] ?? null) !== null)
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="behind" tabIndex={0} aria-label={`${title}: table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {columns.map(({ key }) => (
              <th scope="col" key={key} dir="auto">
                {nameIn(definition, key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((i) => (
            <tr key={x[i]}>
              <th scope="row">{moment(x[i]!)}</th>
              {columns.map(({ key, mean, min, max }) => (
                <td key={key}>
                  {format(mean[i], unit)}
                  {min !== undefined && (
                    <small>
                      {' '}
                      {format(min[i], unit)} … {format(max?.[i], unit)}
                    </small>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
