import { readChoice, readMembers, readText, readWord, type JsonNode } from '../core/json-reader.ts'

/** Our part of ca.json. An unknown member is a fault: nobody else's file has any. */
export type SignetSettings = {
  /** Names this configuration; the operator compares it with what a replica reports. Empty outside a cluster. */
  readonly generation: string
  /** In a cluster: what names and policy depend on. */
  readonly kubernetes: KubernetesSettings | undefined
  readonly storage: StorageSettings
}

export type KubernetesSettings = {
  readonly trustDomain: string
  readonly clusterDomain: string
  /** Where the authority runs. */
  readonly namespace: string
  /** Name of its Authority, which Certificates refer to. */
  readonly authority?: string
}

/** `synchronous: "off"` loses issued certificates on a power cut; it is there to show that the durability test works. */
export type StorageSettings = { readonly synchronous: 'full' | 'off' }

const defaultSignetSettings: SignetSettings = {
  generation: '',
  kubernetes: undefined,
  storage: { synchronous: 'full' },
}

export function readSignetSettings(node: JsonNode | undefined): SignetSettings {
  if (node === undefined) return defaultSignetSettings
  const members = readMembers(node, ['generation', 'kubernetes', 'storage'], 'exact')
  const [generation, kubernetes, storage] = ['generation', 'kubernetes', 'storage'].map((name) => members.get(name))
  return {
    generation: generation === undefined ? '' : readText(generation),
    kubernetes: kubernetes === undefined ? undefined : readKubernetes(kubernetes),
    storage: storage === undefined ? defaultSignetSettings.storage : readStorage(storage),
  }
}

function readKubernetes(node: JsonNode): KubernetesSettings {
  const members = readMembers(node, ['trustDomain', 'clusterDomain', 'namespace', 'authority'], 'exact')
  const authority = members.get('authority')
  return {
    trustDomain: readWord(members.need('trustDomain')),
    clusterDomain: readWord(members.need('clusterDomain')),
    namespace: readWord(members.need('namespace')),
    ...(authority !== undefined && { authority: readWord(authority) }),
  }
}

function readStorage(node: JsonNode): StorageSettings {
  const synchronous = readMembers(node, ['synchronous'], 'exact').get('synchronous')
  return { synchronous: synchronous === undefined ? 'full' : readChoice(synchronous, ['full', 'off']) }
}
