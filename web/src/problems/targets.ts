/** Targets that are down, and certificates that end soon. */
import { isDown, type TargetsSample, tellCertificate } from '../targets.ts'
import type { Problem } from './problem.ts'

/** Those that went down last come first: that is what somebody looks for. */
export function targetProblems(source: string, { statuses }: TargetsSample): Problem[] {
  const problems = Object.entries(statuses).flatMap(([alias, state]): Problem[] => {
    const subject = state.display_name || alias
    const link = { view: 'uptime' as const, open: `${source}/${alias}` }
    const told = { id: `${source}/${alias}`, subject, link }
    if (isDown(state.status)) {
      const text = state.reason ? `is down: ${state.reason}` : 'is down'
      return [{ ...told, severity: 'bad', text, since: state.since }]
    }
    const certificate = tellCertificate(state.certificate_days)
    if (certificate === undefined || certificate.look === 'muted') return []
    const expired = state.certificate_days! < 0
    const text = expired
      ? `its certificate ${certificate.text}`
      : `its certificate ends in ${certificate.text}`
    return [{ ...told, severity: certificate.look === 'bad' ? 'bad' : 'warn', text }]
  })
  return problems.sort((a, b) => beganAt(b) - beganAt(a))
}

function beganAt({ since }: Problem): number {
  return typeof since === 'number' ? since : 0
}
