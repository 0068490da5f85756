/** Names of tables, which a statement cannot take as a parameter. */
import { MetricsError } from '../../../utils/index.ts'

/** A table's name as it may stand in a statement. @throws MetricsError `invalid` */
export function checkedTable(name: string): string {
  if (/^(?:[A-Za-z_]\w{0,62}\.)?[A-Za-z_]\w{0,62}$/.test(name))
    return name
      .split('.')
      .map((part) => `"${part}"`)
      .join('.')
  const allowed = 'allowed are TABLE and SCHEMA.TABLE of letters, digits and _'
  throw new MetricsError('invalid', `invalid table ${JSON.stringify(name)}: ${allowed}`)
}
