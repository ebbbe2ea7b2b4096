import type { FileSet } from './atomic-directory.ts'
import { enrolmentNames } from '../client/enrol.ts'
import { isSignetError } from '../core/errors.ts'
import { sameSet } from '../core/names/compare.ts'
import { nameKinds, type Names } from '../core/names/names.ts'
import type { WorkloadRequest } from '../core/workload-request.ts'
import { parseCertificates, type Certificate } from '../core/x509/certificate.ts'
import { equalBytes } from '../core/bytes.ts'
import { readPrivateKey } from '../core/x509/private-key.ts'
import { verifyChain } from '../core/x509/verify.ts'
import { createPublicKey } from 'node:crypto'

/** What a workload holds: a key, the certificate for it, and what it trusts. */
export type Credentials = {
  /** PEM, leaf first, without the root. */
  readonly certificateChain: string
  /** PEM, PKCS#8. */
  readonly privateKey: string
  /** PEM, one or more. */
  readonly roots: string
  /** Milliseconds since the epoch, by the clock here. */
  readonly issuedAt: number
}

/** The names that an app opens; the first three are autocert's. */
const names = { certificate: 'site.crt', key: 'site.key', roots: 'root.crt', bundle: 'bundle.pem' } as const
/** Not linked, so only what is written here shows up beside the four. */
const issuance = '.issuance.json'

/** The files for these credentials. `bundle.pem` is key, leaf and chain, for a reader that opens one file only. */
export function toFiles({ certificateChain, privateKey, roots, issuedAt }: Credentials): FileSet {
  return {
    [names.certificate]: certificateChain,
    [names.key]: privateKey,
    [names.roots]: roots,
    [names.bundle]: privateKey + certificateChain,
    [issuance]: `${JSON.stringify({ issuedAt })}\n`,
  }
}

/** Credentials that were found, with their certificates parsed. */
export type Held = Credentials & { readonly leaf: Certificate; readonly intermediates: readonly Certificate[] }

/** The credentials in these files; undefined if they are damaged or do not belong together. */
export function fromFiles(files: FileSet): Held | undefined {
  const { [names.certificate]: chain = '', [names.key]: privateKey = '', [names.roots]: roots = '' } = files
  try {
    const [leaf, ...intermediates] = parseCertificates(chain)
    if (leaf === undefined || !isKeyOf(privateKey, leaf)) return undefined
    const issuedAt = readIssuance(files[issuance]) ?? leaf.notBefore
    return { certificateChain: chain, privateKey, roots, issuedAt, leaf, intermediates }
  } catch (error) {
    if (isSignetError(error)) return undefined
    throw error
  }
}

/** Why these credentials cannot be used any longer, or were never what is wanted; undefined if they are fine. */
export function whyUnusable(
  held: Held,
  request: WorkloadRequest,
  podIPs: readonly string[],
  now: number,
): string | undefined {
  if (held.leaf.notAfter <= now) return 'the certificate has expired'
  if (!sameNames(held.leaf.names, enrolmentNames(request, podIPs)))
    return 'the certificate has other names than are wanted'
  try {
    verifyChain(held.leaf, held.intermediates, parseCertificates(held.roots), {
      at: Math.max(now, held.leaf.notBefore),
    })
    return undefined
  } catch (error) {
    if (isSignetError(error)) return `the certificate is not trusted any more: ${error.message}`
    throw error
  }
}

function isKeyOf(privateKey: string, leaf: Certificate): boolean {
  const spki = createPublicKey(readPrivateKey(privateKey)).export({ type: 'spki', format: 'der' })
  return equalBytes(spki, leaf.spki)
}

function readIssuance(text: string | undefined): number | undefined {
  const match = /^\{"issuedAt":(\d{1,16})\}$/.exec(text?.trim() ?? '')
  return match === null ? undefined : Number(match[1])
}

function sameNames(left: Names, right: Names): boolean {
  return nameKinds.every((kind) => sameSet(left[kind], right[kind]))
}
