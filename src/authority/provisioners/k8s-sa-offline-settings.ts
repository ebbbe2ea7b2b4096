import { addFault, readFlag, readMembers, readWord, type JsonNode, type Members } from '../../core/json-reader.ts'
import type { TokenKey } from '../../core/tokens/key-set.ts'
import { isSecureUrl } from '../../core/tokens/openid.ts'
import { parseCertificates, type Certificate } from '../../core/x509/certificate.ts'
import { readPemOctets } from './pem-octets.ts'

/** How projected tokens of a cluster are verified without its API server. */
export type OfflineSettings = {
  /** `iss` of the tokens: the API server's `--service-account-issuer`. */
  readonly issuer: string
  readonly keys: KeySource
  /** Of the identities that are given; it says which cluster this is, so there is no default. */
  readonly trustDomain: string
  /** True: tokens that are bound to no pod count as well. */
  readonly allowUnbound: boolean
}

/** Where the keys of tokens come from: step's `publicKeys`, a JWKS, or what the issuer's document of OpenID Discovery names. */
export type KeySource =
  | { readonly kind: 'fixed'; readonly keys: readonly TokenKey[] }
  | { readonly kind: 'jwks'; readonly url: string; readonly roots: readonly Certificate[] }
  | { readonly kind: 'discovery'; readonly roots: readonly Certificate[] }

const memberNames = ['issuer', 'jwksURL', 'roots', 'trustDomain', 'allowUnbound']
/** SPIFFE ID §2.1. */
const trustDomainPattern = /^[a-z0-9._-]{1,255}$/

/** `fixed` are the keys that stand beside it. */
export function readOfflineSettings(node: JsonNode, fixed: readonly TokenKey[] | undefined): OfflineSettings {
  const members = readMembers(node, memberNames, 'exact')
  const issuer = members.need('issuer')
  const trustDomain = members.need('trustDomain')
  const unbound = members.get('allowUnbound')
  const settings: OfflineSettings = {
    issuer: readWord(issuer),
    keys: fixed === undefined ? readSource(members) : { kind: 'fixed', keys: fixed },
    trustDomain: readWord(trustDomain),
    allowUnbound: unbound !== undefined && readFlag(unbound),
  }
  if (settings.trustDomain !== '' && !trustDomainPattern.test(settings.trustDomain)) {
    addFault(trustDomain, 'must be a SPIFFE trust domain: lower-case letters, digits, dots, dashes and underscores')
  }
  if (settings.keys.kind === 'discovery' && settings.issuer !== '' && !isSecureUrl(settings.issuer)) {
    addFault(issuer, 'must be a URL with https, for the keys are found there: or set publicKeys or jwksURL')
  }
  if (fixed !== undefined) {
    for (const name of ['jwksURL', 'roots']) {
      const member = members.get(name)
      if (member !== undefined) addFault(member, 'excludes publicKeys: keys come from one place')
    }
  }
  return settings
}

function readSource(members: Members): KeySource {
  const [url, roots] = [members.get('jwksURL'), members.get('roots')]
  const trusted = roots === undefined ? [] : readPemOctets(roots, 'certificates', parseCertificates, []).content
  if (url === undefined) return { kind: 'discovery', roots: trusted }
  const text = readWord(url)
  if (text !== '' && !isSecureUrl(text)) addFault(url, 'must be a URL with https')
  return { kind: 'jwks', url: text, roots: trusted }
}
