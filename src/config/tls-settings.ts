import { addFault, readList, readMembers, readText, type JsonNode } from '../core/json-reader.ts'

const tlsVersions = [1.2, 1.3] as const
export type TlsVersion = (typeof tlsVersions)[number]

/** `tls` of ca.json, which /sign also sends to clients as `tlsOptions`, in this order of members. */
export type TlsSettings = {
  /** Go's names of TLS 1.2 cipher suites. */
  readonly cipherSuites: readonly string[]
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  readonly renegotiation: boolean
}

/** Suites that step-ca approves and OpenSSL has without weakening it: ECDHE with an AEAD, by Go's name. */
export const opensslCipherNames: ReadonlyMap<string, string> = new Map([
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
])

/** step-ca's default. */
export const defaultTlsSettings: TlsSettings = {
  cipherSuites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  minVersion: 1.2,
  maxVersion: 1.3,
  renegotiation: false,
}

/** Reads `tls`. Suites that it leaves out are step-ca's default; a version that it leaves out is 1.3, as in step-ca. */
export function readTlsSettings(node: JsonNode): TlsSettings {
  const members = readMembers(node, ['cipherSuites', 'minVersion', 'maxVersion', 'renegotiation'], 'as Go')
  const suites = members.get('cipherSuites')
  const cipherSuites = suites === undefined ? [] : readList(suites, readSuite)
  const renegotiation = members.get('renegotiation')
  if (renegotiation !== undefined && renegotiation.value !== false) {
    addFault(renegotiation, 'must be false: renegotiation is not supported')
  }
  const settings = {
    cipherSuites: cipherSuites.length === 0 ? defaultTlsSettings.cipherSuites : cipherSuites,
    minVersion: readVersion(members.get('minVersion')),
    maxVersion: readVersion(members.get('maxVersion')),
    renegotiation: false,
  }
  if (settings.minVersion > settings.maxVersion) addFault(members.need('minVersion'), 'must not be above maxVersion')
  return settings
}

function readSuite(node: JsonNode): string {
  const name = readText(node)
  if (!opensslCipherNames.has(name)) {
    addFault(node, `must be one of ${[...opensslCipherNames.keys()].join(', ')}`)
  }
  return name
}

function readVersion(node: JsonNode | undefined): TlsVersion {
  if (node === undefined || node.value === 0) return 1.3
  const found = tlsVersions.find((version) => version === node.value)
  if (found === undefined) addFault(node, 'must be 1.2 or 1.3')
  return found ?? 1.3
}
