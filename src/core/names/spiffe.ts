/** The SPIFFE ID of a service account: `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`, in normal form. */
export function spiffeId(trustDomain: string, namespace: string, serviceAccount: string): string {
  return `spiffe://${trustDomain.toLowerCase()}/ns/${namespace}/sa/${serviceAccount}`
}

/**
 * Does this URI claim an identity in the trust domain? Scheme and trust domain compare in any case (SPIFFE ID §2.1), and a
 * user or port in front of or behind it, which make it no SPIFFE ID, do not hide it.
 */
export function isIdentityOf(uri: string, trustDomain: string): boolean {
  const authority = /^spiffe:\/\/([^/?#]*)/i.exec(uri)?.[1]
  if (authority === undefined) return false
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '')
  return decoded(host).toLowerCase() === trustDomain.toLowerCase()
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
