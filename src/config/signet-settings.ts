import type { OcspSettings } from '../authority/ocsp.ts'
import { parseDuration } from '../core/duration.ts'
import {
  addFault,
  readChoice,
  readFlag,
  readList,
  readMembers,
  readParsed,
  readText,
  readWord,
  type JsonNode,
} from '../core/json-reader.ts'
import type { PublishedUrls } from '../core/x509/published-urls.ts'

/** Our part of ca.json. An unknown member is a fault: nobody else's file has any. */
export type SignetSettings = {
  /** Names this configuration; the operator compares it with what a replica reports. Empty outside a cluster. */
  readonly generation: string
  /** In a cluster: what names and policy depend on. */
  readonly kubernetes: KubernetesSettings | undefined
  readonly storage: StorageSettings
  /** What certificates say of where to ask about them; undefined: nothing. */
  readonly urls: PublishedUrls | undefined
  /** undefined: no answers by OCSP. */
  readonly ocsp: OcspSettings | undefined
  readonly experimental: ExperimentalSettings
}

/** What may change or go in any version, so that nobody has it who has not asked for it. */
export type ExperimentalSettings = {
  /** ML-DSA keys (RFC 9881), of certificates and of the issuer. */
  readonly mlDsa: boolean
}

export type KubernetesSettings = {
  readonly trustDomain: string
  readonly clusterDomain: string
  /** Where the authority runs. */
  readonly namespace: string
  /** Name of its Authority, which Certificates refer to. */
  readonly authority?: string
  /** The first super admin of the admin API, where that is on. */
  readonly admin?: { readonly subject: string; readonly provisioner: string }
}

/** `synchronous: "off"` loses issued certificates on a power cut; it is there to show that the durability test works. */
export type StorageSettings = { readonly synchronous: 'full' | 'off' }

const defaultSignetSettings: SignetSettings = {
  generation: '',
  kubernetes: undefined,
  storage: { synchronous: 'full' },
  urls: undefined,
  ocsp: undefined,
  experimental: { mlDsa: false },
}

export function readSignetSettings(node: JsonNode | undefined): SignetSettings {
  if (node === undefined) return defaultSignetSettings
  const members = readMembers(node, ['generation', 'kubernetes', 'storage', 'urls', 'ocsp', 'experimental'], 'exact')
  const [generation, kubernetes, storage] = ['generation', 'kubernetes', 'storage'].map((name) => members.get(name))
  return {
    generation: generation === undefined ? '' : readText(generation),
    kubernetes: kubernetes === undefined ? undefined : readKubernetes(kubernetes),
    storage: storage === undefined ? defaultSignetSettings.storage : readStorage(storage),
    urls: readUrls(members.get('urls')),
    ocsp: readOcsp(members.get('ocsp')),
    experimental: readExperimental(members.get('experimental')),
  }
}

function readExperimental(node: JsonNode | undefined): ExperimentalSettings {
  const mlDsa = node && readMembers(node, ['mlDsa'], 'exact').get('mlDsa')
  return { mlDsa: mlDsa !== undefined && readFlag(mlDsa) }
}

function readKubernetes(node: JsonNode): KubernetesSettings {
  const members = readMembers(node, ['trustDomain', 'clusterDomain', 'namespace', 'authority', 'admin'], 'exact')
  const [authority, admin] = [members.get('authority'), members.get('admin')]
  return {
    trustDomain: readWord(members.need('trustDomain')),
    clusterDomain: readWord(members.need('clusterDomain')),
    namespace: readWord(members.need('namespace')),
    ...(authority !== undefined && { authority: readWord(authority) }),
    ...(admin !== undefined && { admin: readSuperAdmin(admin) }),
  }
}

function readSuperAdmin(node: JsonNode) {
  const members = readMembers(node, ['subject', 'provisioner'], 'exact')
  return { subject: readWord(members.need('subject')), provisioner: readWord(members.need('provisioner')) }
}

function readStorage(node: JsonNode): StorageSettings {
  const synchronous = readMembers(node, ['synchronous'], 'exact').get('synchronous')
  return { synchronous: synchronous === undefined ? 'full' : readChoice(synchronous, ['full', 'off']) }
}

function readUrls(node: JsonNode | undefined): PublishedUrls | undefined {
  if (node === undefined) return undefined
  const members = readMembers(node, ['ocsp', 'issuer', 'crl'], 'exact')
  const list = (name: string): readonly string[] => {
    const urls = members.get(name)
    return urls === undefined ? [] : readList(urls, readUrl)
  }
  return { ocsp: list('ocsp'), issuer: list('issuer'), crl: list('crl') }
}

/** Who verifies certificates fetches by HTTP, if anything. */
function readUrl(node: JsonNode): string {
  const url = readWord(node)
  if (url !== '' && !/^https?:\/\/[\x21-\x7e]+$/.test(url))
    addFault(node, 'must be a URL that begins with http:// or https://')
  return url
}

const hour = 3_600_000
/** Shorter ones end on the way; the signer of answers lives a day. */
const validities = { shortest: 60_000, usual: hour, longest: 12 * hour }

function readOcsp(node: JsonNode | undefined): OcspSettings | undefined {
  if (node === undefined) return undefined
  const members = readMembers(node, ['enabled', 'validity'], 'exact')
  const validityNode = members.get('validity')
  const validity =
    validityNode === undefined ? validities.usual : readParsed(validityNode, parseDuration, validities.usual)
  if (validityNode !== undefined && (validity < validities.shortest || validity > validities.longest)) {
    addFault(validityNode, 'must be from 1m to 12h')
  }
  return readFlag(members.need('enabled')) ? { validity } : undefined
}
