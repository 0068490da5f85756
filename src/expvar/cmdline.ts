/** The command line without what looks like a secret. */

const SECRET = /token|secret|pass|pwd|key|auth|credential|cookie/i
const MASK = '***'
/** `--name=value`, `NAME=value` */
const ASSIGNED = /^(-{0,2}[\w.-]+)=./s
const OPTION = /^--?[\w.-]+$/
const USER_IN_URL = /^([a-z][\w+.-]*:\/\/)[^/?#@]*@/i
const SECRET_IN_URL = /([?&][^=&#]*(?:token|secret|pass|pwd|key|auth|sig)[^=&#]*=)[^&#]*/gi

/**
 * Arguments with the values of options, variables and URL parts masked whose names speak of a secret. A guess: what is
 * secret without saying so stays readable.
 */
export function maskArguments(argv: readonly string[]): string[] {
  return argv.map((argument, i) => {
    const before = argv[i - 1] ?? ''
    if (OPTION.test(before) && SECRET.test(before) && !argument.startsWith('-')) return MASK
    const name = ASSIGNED.exec(argument)?.[1]
    if (name !== undefined && SECRET.test(name)) return `${name}=${MASK}`
    const [head, url] = name === undefined ? ['', argument] : [`${name}=`, argument.slice(name.length + 1)]
    return head + url.replace(USER_IN_URL, `$1${MASK}@`).replace(SECRET_IN_URL, `$1${MASK}`)
  })
}
