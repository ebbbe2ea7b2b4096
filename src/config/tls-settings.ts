import { addFault, readFlag, readList, readMembers, readText, type JsonNode } from '../core/json-reader.ts'
import type { Warning } from './warning.ts'

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

/** The others of step-ca (authority/config/tls_options.go), which weaken TLS, or which TLS 1.3 has anyway. */
const suitesNotOffered = new Set([
  'TLS_RSA_WITH_RC4_128_SHA',
  'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_RSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_256_CBC_SHA',
  'TLS_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_RC4_128_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_RC4_128_SHA',
  'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
])
/** step-ca's older names. */
const olderNames: ReadonlyMap<string, string> = new Map(
  ['RSA', 'ECDSA'].map((key) => [
    `TLS_ECDHE_${key}_WITH_CHACHA20_POLY1305`,
    `TLS_ECDHE_${key}_WITH_CHACHA20_POLY1305_SHA256`,
  ]),
)

/** step-ca's default. */
export const defaultTlsSettings: TlsSettings = {
  cipherSuites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
  minVersion: 1.2,
  maxVersion: 1.3,
  renegotiation: false,
}

type Warn = (warning: Warning) => void

/**
 * Reads `tls`. Suites that it leaves out are step-ca's default; a version that it leaves out is 1.3, as in step-ca. Of what
 * step-ca has and is not safe, the log is told.
 */
export function readTlsSettings(node: JsonNode, warn: Warn): TlsSettings {
  const members = readMembers(node, ['cipherSuites', 'minVersion', 'maxVersion', 'renegotiation'], 'as Go')
  const suites = members.get('cipherSuites')
  const renegotiation = members.get('renegotiation')
  const settings = {
    cipherSuites: suites === undefined ? defaultTlsSettings.cipherSuites : readSuites(suites, warn),
    minVersion: readVersion(members.get('minVersion'), warn),
    maxVersion: readVersion(members.get('maxVersion'), warn),
    // For clients, to which it is sent: a server never asks for it.
    renegotiation: renegotiation !== undefined && readFlag(renegotiation),
  }
  if (settings.minVersion > settings.maxVersion) addFault(members.need('minVersion'), 'must not be above maxVersion')
  return settings
}

function readSuites(node: JsonNode, warn: Warn): readonly string[] {
  const names = readList(node, (item) => readSuite(item, warn))
  if (names.length === 0) return defaultTlsSettings.cipherSuites
  const offered = names.filter((name) => name !== undefined)
  if (offered.length === 0) addFault(node, `must name one of ${[...opensslCipherNames.keys()].join(', ')}`)
  return offered
}

/** undefined for one that is left out. */
function readSuite(node: JsonNode, warn: Warn): string | undefined {
  const written = readText(node)
  const name = olderNames.get(written) ?? written
  if (opensslCipherNames.has(name)) return name
  if (suitesNotOffered.has(name)) {
    warn({ path: node.path, message: `"${name}" is not offered: it is weak, or TLS 1.3 has it anyway` })
  } else if (typeof node.value === 'string') {
    addFault(node, 'is not a cipher suite of step-ca')
  }
  return undefined
}

function readVersion(node: JsonNode | undefined, warn: Warn): TlsVersion {
  if (node === undefined || node.value === 0) return 1.3
  const found = tlsVersions.find((version) => version === node.value)
  if (found !== undefined) return found
  if (node.value === 1 || node.value === 1.1) {
    warn({ path: node.path, message: 'means 1.2 here: what is older is broken' })
    return 1.2
  }
  addFault(node, 'must be 1.2 or 1.3')
  return 1.3
}
