/** What recorders ship: a flat document for each check, so that what they store can be counted like the history is. */
import type { Fields } from '../period/index.ts'
import type { UptimeSample } from './sample.ts'
import { STATUSES } from './status.ts'

/** A document for each target that was checked since the sample before; one checked several times has several. */
export function uptimeDocuments({ timestamp, list, facts, states, checks }: UptimeSample): Fields[] {
  return checks.places.flatMap((at, i) => {
    const alias = checks.list.aliases[at]!
    const place = list.placeOf(alias)
    // Removed since: nothing more is known of it than its check.
    const told = place === undefined ? undefined : facts[place]
    const state = place === undefined ? undefined : states[place]
    return [
      {
        timestamp,
        target: alias,
        display_name: told?.displayName ?? alias,
        group: told?.group ?? null,
        status: STATUSES[checks.codes[i]!]!,
        latency_ms: checks.latencies[i]! / 1000,
        reason: state?.reason ?? null,
        ...(state?.httpStatus === undefined ? {} : { http_status: state.httpStatus }),
        ...Object.fromEntries(
          Object.entries(state?.phases ?? {}).map(([phase, us]) => [`phases_ms.${phase}`, us / 1000]),
        ),
      },
    ]
  })
}
