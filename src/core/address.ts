import { SignetError } from './errors.ts'

export type Address = { readonly host: string | undefined; readonly port: number }

/**
 * Parses a listen address as Go's net.SplitHostPort does: `:8443`, `0.0.0.0:443`, `[::1]:443`, `ca.local:443`. No host
 * means all interfaces. Throws `malformed` otherwise.
 */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new SignetError(
      'malformed',
      `invalid address ${JSON.stringify(text)}: write host:port, or :port for every interface`,
    )
  }
  const host = match[1] ?? match[2] ?? ''
  return { host: host === '' ? undefined : host, port }
}
