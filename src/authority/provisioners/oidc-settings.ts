import { parseAddress } from '../../core/address.ts'
import {
  addFault,
  readFlag,
  readList,
  readMembers,
  readParsed,
  readText,
  readWord,
  type JsonNode,
} from '../../core/json-reader.ts'
import { comparableEmail, discoveryUrl } from '../../core/tokens/openid.ts'
import type { CommonSettings } from './provisioner.ts'

export type OidcSettings = CommonSettings & {
  readonly clientId: string
  /** Of the provider's document, its well-known path included. */
  readonly discoveryUrl: string
  /** Empty: none. */
  readonly tenantId: string
  /** E-mail addresses, in comparable form, and groups whose members may have any names. */
  readonly admins: ReadonlySet<string>
  /** In lower case; empty: any. */
  readonly domains: readonly string[]
  /** A token must have one of these; empty: any. */
  readonly groups: ReadonlySet<string>
  /** Ours: a token with an e-mail address that the provider has not verified is refused. */
  readonly requireVerifiedEmail: boolean
}

/** What is in ca.json, and what step lists of it. */
export type ReadOidc = { readonly settings: OidcSettings; readonly json: Readonly<Record<string, unknown>> }

const memberNames = [
  'clientID',
  'clientSecret',
  'configurationEndpoint',
  'tenantID',
  'admins',
  'domains',
  'groups',
  'listenAddress',
  'scopes',
  'authParams',
  'signet',
]

/** Reads an OIDC provisioner; what `step` needs to log in, the client's secret included, is listed as step lists it. */
export function readOidc(node: JsonNode, common: CommonSettings): ReadOidc {
  const members = readMembers(node, memberNames, 'as Go')
  const text = (name: string): string => {
    const member = members.get(name)
    return member === undefined ? '' : readText(member)
  }
  const list = (name: string): readonly string[] => {
    const member = members.get(name)
    return member === undefined ? [] : readList(member, readText)
  }
  const endpoint = members.need('configurationEndpoint')
  const configurationEndpoint = readWord(endpoint)
  const url = discoveryUrl(configurationEndpoint)
  if (url === undefined && configurationEndpoint !== '') addFault(endpoint, 'must be a URL with http or https')
  const listenAddress = text('listenAddress')
  if (listenAddress !== '') readParsed(members.need('listenAddress'), parseAddress, undefined)
  const [clientId, tenantId] = [readWord(members.need('clientID')), text('tenantID')]
  const [admins, domains, groups] = [list('admins'), list('domains'), list('groups')]
  const signet = members.get('signet')
  const requireVerified = signet && readMembers(signet, ['requireVerifiedEmail'], 'exact').get('requireVerifiedEmail')
  return {
    settings: {
      ...common,
      clientId,
      discoveryUrl: url ?? '',
      tenantId,
      admins: new Set(admins.flatMap((admin) => [admin, comparableEmail(admin)])),
      domains: domains.map((domain) => domain.toLowerCase()),
      groups: new Set(groups),
      requireVerifiedEmail: requireVerified !== undefined && readFlag(requireVerified),
    },
    json: {
      type: common.type,
      name: common.name,
      clientID: clientId,
      clientSecret: text('clientSecret'),
      configurationEndpoint,
      ...present({ tenantID: tenantId, admins, domains, groups, listenAddress }),
      ...common.lastMembers,
      ...present({ scopes: list('scopes'), authParams: list('authParams') }),
    },
  }
}

/** Go's omitempty. */
function present(members: Readonly<Record<string, string | readonly string[]>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value.length > 0))
}
