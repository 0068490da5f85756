/** Targets that are down, and certificates that end soon. */
import { isDown, type TargetsSample, tellCertificate } from '../targets.ts'
import { moment } from '../units.ts'
import type { Problem } from './problem.ts'

/** More than these are told in one line: a network that is gone is one problem, and must not hide the others. */
const SINGLY = 3
/** Names in such a line. */
const NAMED = 6

/** @param samples By source. */
export function targetProblems(samples: ReadonlyMap<string, TargetsSample>): Problem[] {
  const down: Problem[] = []
  const certificates: Problem[] = []
  for (const [source, { statuses }] of samples) {
    for (const [alias, state] of Object.entries(statuses)) {
      const subject = state.display_name || alias
      const link = { view: 'uptime' as const, open: `${source}/${alias}` }
      const told = { id: `${source}/${alias}`, subject, link }
      if (isDown(state.status)) {
        const text = state.reason ? `is down: ${state.reason}` : 'is down'
        down.push({ ...told, severity: 'bad', text, since: state.since })
        continue
      }
      const certificate = tellCertificate(state.certificate_days)
      if (certificate === undefined || certificate.look === 'muted') continue
      const text =
        state.certificate_days! < 0
          ? `its certificate ${certificate.text}`
          : `its certificate ends in ${certificate.text}`
      certificates.push({ ...told, severity: certificate.look === 'bad' ? 'bad' : 'warn', text })
    }
  }
  // Those that went down last come first: that is what somebody looks for.
  down.sort((a, b) => beganAt(b) - beganAt(a))
  return [...inOneLine(down, 'down', tellDown), ...inOneLine(certificates, 'certificates', tellCertificates)]
}

function inOneLine(problems: Problem[], id: string, tell: (names: string) => [string, string]): Problem[] {
  const count = problems.length
  if (count <= SINGLY) return problems
  const names = problems.slice(0, NAMED).map(({ subject }) => subject)
  const [subject, text] = tell(`${names.join(', ')}${count > NAMED ? ' …' : ''}`)
  const severity = problems.some((problem) => problem.severity === 'bad') ? 'bad' : 'warn'
  const newest = beganAt(problems[0]!)
  const last = newest > 0 ? `; the last since ${moment(newest)}` : ''
  return [
    { id, severity, subject: `${count} ${subject}`, text: `${text}${last}`, count, link: { view: 'uptime' } },
  ]
}

function tellDown(names: string): [string, string] {
  return ['targets', `are down: ${names}`]
}

function tellCertificates(names: string): [string, string] {
  return ['certificates', `end soon: ${names}`]
}

function beganAt({ since }: Problem): number {
  return typeof since === 'number' ? since : 0
}
