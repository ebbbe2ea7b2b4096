import type { AuthorityConfig } from '../../authority/config.ts'
import { readCertificateFiles, readIssuerFiles, readTextFile } from '../../adapters/keys/certificate-files.ts'
import type { KeyIssuer } from '../../adapters/keys/key-issuer.ts'
import { parseCaConfig, type CaConfig } from '../../config/ca-config.ts'
import { parseJsonText } from '../../config/json-text.ts'
import { loadTextTemplates, mentionsTextTemplates } from '../../core/templates/text-templates.ts'
import { certificatesToPem } from '../../core/x509/certificate.ts'
import { prepareAnswers, type PublishedAnswers } from '../../http/published.ts'
import { version } from '../version.ts'

/** One configuration with the files that it names, ready to be put into force. */
export type LoadedConfig = {
  readonly ca: CaConfig
  readonly issuer: KeyIssuer
  readonly authority: AuthorityConfig
  readonly answers: PublishedAnswers
  /** PEM of roots and intermediates, for the hint to TLS clients. */
  readonly clientAuthorities: string
}

/**
 * Reads ca.json and every file that it names. `password` opens the key and comes before the one in ca.json. `malformed`
 * with all faults of the text, or the first of the files.
 */
export async function loadConfig(text: string, password: string | undefined): Promise<LoadedConfig> {
  if (mentionsTextTemplates(text)) await loadTextTemplates()
  const ca = parseCaConfig(parseJsonText(text, 'ca.json'), readTextFile)
  const issuer = await readIssuerFiles(ca.crt, ca.key, password ?? (ca.password === '' ? undefined : ca.password))
  const roots = readCertificateFiles(ca.root, 'root')
  const federatedRoots = readCertificateFiles(ca.federatedRoots, 'federatedRoots')
  const { kubernetes, urls, ocsp, experimental } = ca.signet
  const { mlDsa } = experimental
  const authority = { ...ca, roots, federatedRoots, issuer, kubernetes, urls, ocsp, mlDsa }
  return {
    ca,
    issuer,
    authority,
    answers: answersOf(authority),
    clientAuthorities: certificatesToPem(...issuer.chain, ...roots),
  }
}

/** The answers that depend on the configuration alone. */
export function answersOf({ roots, federatedRoots, issuer, provisioners }: AuthorityConfig): PublishedAnswers {
  const der = (certificates: readonly { readonly der: Uint8Array }[]) => certificates.map((each) => each.der)
  return prepareAnswers({
    version,
    roots: der(roots),
    federatedRoots: der(federatedRoots),
    intermediates: der(issuer.chain),
    provisioners,
  })
}

/** `signet.generation` of a ca.json that may be faulty otherwise; undefined if it names none. */
export function generationOf(text: string): string | undefined {
  try {
    const { signet } = JSON.parse(text) as { readonly signet?: { readonly generation?: unknown } | null }
    return typeof signet?.generation === 'string' ? signet.generation : undefined
  } catch {
    return undefined
  }
}
