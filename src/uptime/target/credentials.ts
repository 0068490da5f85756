/** User and password of an address: where they are shown, where they are sent. */

/**
 * An address as it was written, without what is secret in it: the password, or a user that stands alone, which is
 * mostly a token. Of what has no host everything before the last `@` is left out.
 */
export function hideCredentials(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.host === '') return text.replace(/^([a-z][a-z0-9+.-]*:[\\/]*)?.*@/is, '$1…@')
  const { username, password } = url
  if (username === '' && password === '') return text
  url.username = ''
  url.password = ''
  return url.href.replace('//', `//${password === '' ? '' : `${username}:`}…@`)
}

/** `user:password` as it was meant, for an `Authorization` header; undefined where there is none. */
export function credentialsOf({ username, password }: URL): string | undefined {
  return username === '' && password === '' ? undefined : `${unescaped(username)}:${unescaped(password)}`
}

/** A part of a URL as it was meant; as it stands where it was never escaped. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
