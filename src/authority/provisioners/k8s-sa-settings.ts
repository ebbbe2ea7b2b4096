import {
  addFault,
  readFlag,
  readInteger,
  readList,
  readMembers,
  readWord,
  type JsonNode,
  type Members,
} from '../../core/json-reader.ts'
import type { TokenKey } from '../../core/tokens/key-set.ts'
import { readPemKeys } from '../../core/tokens/pem-keys.ts'
import { readOfflineSettings, type OfflineSettings } from './k8s-sa-offline-settings.ts'
import { readPemOctets, type PemOctets } from './pem-octets.ts'
import type { CommonSettings } from './provisioner.ts'

export type Delegate = { readonly namespace: string; readonly serviceAccount: string }

export type K8sSASettings = CommonSettings & {
  readonly tokenId: string
  /** True: projected tokens are reviewed by the API server. */
  readonly tokenReview: boolean
  /** How projected tokens are verified without an API server; undefined: they are not. */
  readonly offline: OfflineSettings | undefined
  /** Keys of unbound tokens, as step-ca takes them; undefined: such tokens do not count. */
  readonly legacyKeys: readonly TokenKey[] | undefined
  /** As written; undefined without any. */
  readonly publicKeys: PemOctets<readonly TokenKey[]> | undefined
  /** Service accounts that may ask for Certificates. */
  readonly delegates: readonly Delegate[]
  /** True: the TCP peer must be one of the pod's IPs. */
  readonly requireSourceAddress: boolean
  readonly usesPerPodPerMinute: number
}

const ownMembers = [
  'tokenReview',
  'offline',
  'legacyTokens',
  'delegates',
  'requireSourceAddress',
  'usesPerPodPerMinute',
]
const defaultUsesPerPodPerMinute = 10

/** Reads a K8sSA provisioner: step's `publicKeys`, and under `signet` which tokens count, and how. */
export function readK8sSA(node: JsonNode, common: CommonSettings): K8sSASettings {
  const members = readMembers(node, ['publicKeys', 'signet'], 'as Go')
  const keysNode = members.get('publicKeys')
  const publicKeys = keysNode && readPemOctets(keysNode, 'public keys', readPemKeys, [])
  const signet = members.get('signet')
  const own = signet && readMembers(signet, ownMembers, 'exact')
  const flag = (name: string): boolean => {
    const member = own?.get(name)
    return member !== undefined && readFlag(member)
  }
  const offlineNode = own?.get('offline')
  const offline = offlineNode && readOfflineSettings(offlineNode, publicKeys?.content)
  const [delegates, uses] = [own?.get('delegates'), own?.get('usesPerPodPerMinute')]
  const settings = {
    ...common,
    tokenId: `k8ssa/${common.name}`,
    tokenReview: flag('tokenReview'),
    offline,
    legacyKeys: flag('legacyTokens') ? (publicKeys?.content ?? []) : undefined,
    publicKeys,
    delegates: delegates === undefined ? [] : readList(delegates, readDelegate),
    requireSourceAddress: flag('requireSourceAddress'),
    usesPerPodPerMinute: uses === undefined ? defaultUsesPerPodPerMinute : readInteger(uses, 1, 1000),
  }
  checkTogether(node, members, own, settings)
  return settings
}

/** What says how tokens are verified has to be there, and nothing that would count for nothing. */
function checkTogether(node: JsonNode, members: Members, own: Members | undefined, settings: K8sSASettings): void {
  const { tokenReview, offline, legacyKeys, publicKeys, delegates, requireSourceAddress } = settings
  const fault = (from: Members | undefined, name: string, message: string): void => {
    const member = from?.get(name)
    if (member !== undefined) addFault(member, message)
  }
  if (!tokenReview && offline === undefined && publicKeys === undefined) {
    if (node.value !== undefined) addFault(node, 'needs signet.tokenReview, signet.offline or publicKeys')
    return
  }
  if (tokenReview && offline !== undefined) fault(own, 'offline', 'excludes signet.tokenReview: make two provisioners')
  if (legacyKeys !== undefined && publicKeys === undefined) fault(own, 'legacyTokens', 'needs publicKeys')
  if (tokenReview && legacyKeys === undefined) {
    fault(members, 'publicKeys', 'count for nothing here: set signet.legacyTokens, or remove them')
  }
  if (!tokenReview && delegates.length > 0) fault(own, 'delegates', 'needs signet.tokenReview')
  if (!tokenReview && requireSourceAddress) fault(own, 'requireSourceAddress', 'needs signet.tokenReview')
}

function readDelegate(node: JsonNode): Delegate {
  const delegate = readMembers(node, ['namespace', 'serviceAccount'], 'exact')
  return {
    namespace: readWord(delegate.need('namespace')),
    serviceAccount: readWord(delegate.need('serviceAccount')),
  }
}
