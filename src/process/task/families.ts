/** What each flush tells of the task itself, beside what was measured. */
import type { Family } from '../../prometheus/index.ts'
import type { TableRow } from './flushable.ts'

/**
 * That the task is there, and the versions of its parts.
 * Source: luci-go `presence/up` and `luci/components/version`, set at each flush.
 */
export function ownFamilies(components: Readonly<Record<string, string>>): Family[] {
  return [
    { name: 'presence_up', type: 'gauge', help: 'That the task is there.', points: [{ value: 1 }] },
    {
      name: 'component_version',
      type: 'info',
      help: 'Version of each part of the task.',
      points: Object.entries(components).map(([component, version]) => ({
        labels: { component, version },
        value: 1,
      })),
    },
  ]
}

/** The same as rows of the page. */
export function ownRows(components: Readonly<Record<string, string>>): TableRow[] {
  const row = { cumulative: false } as const
  return [
    { ...row, name: 'presence/up', fields: {}, value: true },
    ...Object.entries(components).map(([component, version]) => ({
      ...row,
      name: 'component/version',
      fields: { component },
      value: version,
    })),
  ]
}
