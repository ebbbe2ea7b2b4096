/**
 * The names of one certificate or request, by kind (RFC 5280 §4.2.1.6). Values are normalised when they are parsed: DNS
 * names in lower case A-label form without a final dot, IP addresses in canonical text (RFC 5952), URIs with scheme and host
 * in lower case and without a usual port, e-mail addresses with the domain as a DNS name; the rest as given. No duplicates; the order is the order in which they were given.
 */
export type Names = {
  readonly dns: readonly string[]
  readonly ips: readonly string[]
  readonly emails: readonly string[]
  readonly uris: readonly string[]
}

/** The kinds of `Names`, in the order in which step-ca writes them into a certificate. */
export const nameKinds = ['dns', 'ips', 'emails', 'uris'] as const
export type NameKind = (typeof nameKinds)[number]

/** How messages call the kinds. */
export const nameKindLabels: Readonly<Record<NameKind, string>> = {
  dns: 'DNS name',
  ips: 'IP address',
  emails: 'e-mail address',
  uris: 'URI',
}

export const noNames: Names = { dns: [], ips: [], emails: [], uris: [] }

/** Is there a name of any kind? */
export function hasNames(names: Names): boolean {
  return nameKinds.some((kind) => names[kind].length > 0)
}
