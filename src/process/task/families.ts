/** What each flush tells of the task itself, beside what was measured. */
import type { Family } from '../../prometheus/index.ts'

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
