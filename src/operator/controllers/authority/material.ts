import { createPublicKey, type KeyObject } from 'node:crypto'
import { equalBytes } from '../../../core/bytes.ts'
import { isSignetError } from '../../../core/errors.ts'
import type { Named } from '../../../core/resources/index.ts'
import { parseCertificates, type Certificate as X509 } from '../../../core/x509/certificate.ts'
import { readPrivateKey } from '../../../core/x509/private-key.ts'
import { verifyCertificateSignature, verifyChain } from '../../../core/x509/verify.ts'
import { labels } from '../../names.ts'
import { textOf, type Secret } from '../certificate/secret-facts.ts'

/** What a Secret holds of a CA: its key, its certificate with those behind it, and the roots. Never the key itself. */
export type CaMaterial =
  | { readonly state: 'absent' }
  /** It exists, and is no Secret of this Authority. */
  | { readonly state: 'foreign' }
  | { readonly state: 'broken'; readonly problem: string }
  /** A key that waits for its certificate. */
  | { readonly state: 'key only'; readonly spki: Uint8Array }
  | {
      readonly state: 'complete'
      readonly spki: Uint8Array
      /** The CA itself first. */
      readonly chain: readonly [X509, ...X509[]]
      readonly roots: readonly X509[]
    }

/** Reads a Secret; with `authority`, it must carry the label of that Authority. */
export function readMaterial(secret: Named<Secret> | undefined, authority?: string): CaMaterial {
  if (secret === undefined) return { state: 'absent' }
  if (authority !== undefined && secret.metadata.labels?.[labels.authority] !== authority) return { state: 'foreign' }
  try {
    return readParts(
      textOf(secret.data?.['tls.key']),
      textOf(secret.data?.['tls.crt']),
      textOf(secret.data?.['ca.crt']),
    )
  } catch (error) {
    if (!isSignetError(error)) throw error
    return { state: 'broken', problem: error.message }
  }
}

function readParts(keyPem: string, chainPem: string, rootsPem: string): CaMaterial {
  if (keyPem === '') return { state: 'broken', problem: 'there is no tls.key' }
  const spki = createPublicKey(readPrivateKey(keyPem)).export({ type: 'spki', format: 'der' })
  if (chainPem === '') return { state: 'key only', spki }
  const [ca, ...rest] = parseCertificates(chainPem)
  if (ca === undefined || !equalBytes(ca.spki, spki)) {
    return { state: 'broken', problem: 'tls.key is not the key of the first certificate in tls.crt' }
  }
  return { state: 'complete', spki, chain: [ca, ...rest], roots: rootsPem === '' ? [] : parseCertificates(rootsPem) }
}

/** The private key of a Secret, for signing. */
export function readKey(secret: Named<Secret>): KeyObject {
  return readPrivateKey(textOf(secret.data?.['tls.key']))
}

/** Why this certificate cannot be the root that signs an intermediate; undefined if it can. */
export function rootProblem(root: X509, now: number): string | undefined {
  if (!root.isCA) return 'is not a CA'
  if (root.pathLength === 0) return 'allows no intermediate below it (path length 0)'
  if (root.keyUsage.length > 0 && !root.keyUsage.includes('certSign')) return 'may not sign certificates (key usage)'
  if (!verifyCertificateSignature(root, root)) return 'is not signed by its own key'
  return root.notAfter < now ? 'has expired' : undefined
}

/** Why these certificates cannot be the intermediate for a key; undefined if they can. */
export function chainProblem(
  chain: readonly X509[],
  roots: readonly X509[],
  spki: Uint8Array,
  now: number,
): string | undefined {
  const [ca, ...rest] = chain
  if (ca === undefined || !equalBytes(ca.spki, spki)) return 'is not for the key of status.intermediateRequest'
  if (!ca.isCA) return 'is not a CA'
  try {
    verifyChain(ca, rest, roots, { at: now })
    return undefined
  } catch (error) {
    if (isSignetError(error)) return `does not lead to rootCertificates: ${error.message}`
    throw error
  }
}
