/** What a token is for. Only X.509 uses are served; a token for another is still looked up by the same rules. */
export type TokenUse = 'sign' | 'renew' | 'revoke' | 'sshSign' | 'sshRenew' | 'sshRevoke' | 'sshRekey'

/** Paths below `https://<dnsName>` by use, as step-ca accepts them. */
const paths: Readonly<Record<TokenUse, readonly string[]>> = {
  sign: ['/1.0/sign', '/sign', '/1.0/ssh/sign', '/ssh/sign'],
  renew: ['/1.0/renew', '/renew'],
  revoke: ['/1.0/revoke', '/revoke'],
  sshSign: ['/1.0/ssh/sign', '/ssh/sign', '/1.0/sign', '/sign'],
  sshRenew: ['/1.0/ssh/renew', '/ssh/renew'],
  sshRevoke: ['/1.0/ssh/revoke', '/ssh/revoke'],
  sshRekey: ['/1.0/ssh/rekey', '/ssh/rekey'],
}

/** step-ca's oldest tokens carry this in place of a URL. */
const legacy = 'step-certificate-authority'
const legacyUses: ReadonlySet<TokenUse> = new Set(['sign', 'revoke'])

export type Audiences = {
  /** Is one of `audience` a URL of this authority for `use`, with exactly this fragment (empty: none)? Ports do not count. */
  accepts(use: TokenUse, audience: readonly string[], fragment: string): boolean
  /** As `accepts`, for any use. */
  acceptsAny(audience: readonly string[], fragment: string): boolean
  /** The audience that clients of the provisioner with this token id should ask for. */
  canonical(fragment: string): string
  /** The URL of this path at the first name of the authority. */
  url(path: string): string
}

/**
 * Is one of `audience` the URL of `path` (decoded) at one of these DNS names or IP addresses, or the path alone, as older
 * clients of step's admin API write it? Ports and the query do not count; a fragment is none of this path.
 */
export function acceptsPath(dnsNames: readonly string[], path: string, audience: readonly string[]): boolean {
  const hosts = new Set(
    dnsNames.map((name) => (name.includes(':') ? `[${name}]` : name)).map((host) => host.toLowerCase()),
  )
  return audience.some((one) => {
    if (one === path) return true
    const url = URL.parse(one)
    return url?.protocol === 'https:' && hosts.has(url.hostname) && url.hash === '' && decodedPath(url) === path
  })
}

function decodedPath({ pathname }: URL): string | undefined {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return undefined
  }
}

/** The audiences of an authority that is reached under these DNS names or IP addresses; at least one. */
export function createAudiences(dnsNames: readonly string[]): Audiences {
  const hosts = dnsNames.map((name) => (name.includes(':') ? `[${name}]` : name))
  const byUse = new Map<TokenUse, ReadonlySet<string>>()
  for (const use of Object.keys(paths) as TokenUse[]) {
    const urls = hosts.flatMap((host) => paths[use].map((path) => `https://${host}${path}`))
    byUse.set(use, new Set(legacyUses.has(use) ? [legacy, ...urls] : urls))
  }
  const holds = (accepted: ReadonlySet<string> | undefined, audience: readonly string[], fragment: string) =>
    audience.some((one) => {
      const { base, fragment: its } = splitFragment(one)
      return its === fragment && (accepted?.has(base) || accepted?.has(withoutPort(base)))
    })
  return {
    accepts: (use, audience, fragment) => holds(byUse.get(use), audience, fragment),
    acceptsAny: (audience, fragment) => [...byUse.values()].some((accepted) => holds(accepted, audience, fragment)),
    canonical: (fragment) => `https://${hosts[0] ?? ''}/1.0/sign#${encodeURI(fragment)}`,
    url: (path) => `https://${hosts[0] ?? ''}${path}`,
  }
}

/** The fragment of the first audience, decoded; empty if there is none. */
export function fragmentOf(audience: readonly string[]): string {
  const [first] = audience
  return first === undefined ? '' : splitFragment(first).fragment
}

function splitFragment(url: string): { readonly base: string; readonly fragment: string } {
  const at = url.indexOf('#')
  if (at < 0) return { base: url, fragment: '' }
  try {
    return { base: url.slice(0, at), fragment: decodeURIComponent(url.slice(at + 1)) }
  } catch {
    // As in Go, a text with a broken escape is no URL, so it has no fragment.
    return { base: url, fragment: '' }
  }
}

function withoutPort(url: string): string {
  return url.replace(/^(https?:\/\/(?:\[[^\]]*\]|[^/:?#]*)):\d*/, '$1')
}
