/** `tcp`: a connection is taken. `tls`: and its certificate is what is wanted. */
import { Attempt } from './attempt.ts'
import { connect, type Endpoint } from './connect.ts'
import type { Probe } from './probe.ts'
import type { Names } from './resolve.ts'

/** Phases `dns`, `connect`, and `tls` where the endpoint speaks it. */
export function connectProbe(endpoint: Endpoint, names: Names): Probe {
  return (done) => {
    const attempt = new Attempt(done)
    connect(attempt, endpoint, names, () => attempt.succeed({}, true))
    return attempt
  }
}
