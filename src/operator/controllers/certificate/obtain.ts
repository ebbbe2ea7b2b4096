import { createPublicKey } from 'node:crypto'
import { isSignetError, SignetError, type ErrorCode } from '../../../core/errors.ts'
import type { Named } from '../../../core/resources/index.ts'
import { readPrivateKey } from '../../../core/x509/private-key.ts'
import { keyAlgorithmOf } from '../../../core/x509/public-key.ts'
import { findFault, type Cause, type CertificateInput } from './decide.ts'
import { issueCertificate, type IssueDeps } from './issue.ts'
import { readSecretFacts, type Secret } from './secret-facts.ts'
import { completeSecret, readSecretData, type SecretWriteDeps } from './write-secret.ts'

export type ObtainDeps = IssueDeps &
  SecretWriteDeps & {
    /**
     * False in the first minutes of this process and once it ends: an authority may not know its pod yet, or not any more,
     * and does not tell the two from a token that is not accepted.
     */
    readonly settled: () => boolean
  }

export type Obtained =
  /** The Secret that holds the certificate; not written yet. */
  | { readonly kind: 'issued'; readonly secret: Named<Secret> }
  /** The authority said no, or the spec cannot be fulfilled: asking again is of no use soon. */
  | { readonly kind: 'refused'; readonly cause: Cause }
  /** Nobody could be asked, or the answer is one that passes. The cause is the same for every try. */
  | { readonly kind: 'unanswered'; readonly cause: Cause; readonly error: unknown }

/** Gets a certificate and makes the Secret that holds it; nothing is written. */
export async function obtainCertificate(input: CertificateInput, deps: ObtainDeps): Promise<Obtained> {
  try {
    return await askAuthority(input, deps)
  } catch (error) {
    if (!isSignetError(error)) throw error
    // Answers of the authority are results, so this was the API server: a token or the Secret was not to be had.
    const message = `the Kubernetes API server: ${error.message}: trying again`
    return { kind: 'unanswered', cause: { reason: 'KubernetesUnavailable', message }, error }
  }
}

async function askAuthority(input: CertificateInput, deps: ObtainDeps): Promise<Obtained> {
  const { certificate, wanted, authority } = input
  if (authority?.audience === undefined) throw new SignetError('internal', 'no authority to ask')
  const { keyPem, problem } = await findReusableKey(input, deps)
  if (problem !== undefined) return { kind: 'refused', cause: { reason: 'BadRequest', message: problem } }
  const answer = await issueCertificate(
    { certificate, wanted, authority: { ...authority, audience: authority.audience }, keyPem },
    deps,
  )
  if ('failure' in answer) return failed(input, answer.failure, deps)
  const secret = completeSecret(certificate, wanted, { ...answer, rootsPem: authority.rootsPem })
  const fault = findFault({ ...input, secret: readSecretFacts(secret) })
  if (fault === undefined) return { kind: 'issued', secret }
  const message = `what the authority issued does not match: ${fault.message}`
  // An authority that still has, or already has, another intermediate than its status says.
  if (fault.reason === 'IncorrectIssuer') return unanswered(input, new SignetError('unavailable', message))
  // It would be asked for again without end.
  return { kind: 'refused', cause: { reason: 'BadRequest', message } }
}

/** Failures that go away by themselves: nobody could be asked, or the answer came from something that broke. */
const outageCodes: ReadonlySet<ErrorCode> = new Set(['unavailable', 'internal', 'conflict', 'not-found'])

function failed(input: CertificateInput, failure: SignetError, { settled }: ObtainDeps): Obtained {
  const passes = outageCodes.has(failure.code) || (failure.code === 'unauthorized' && !settled())
  return passes ? unanswered(input, failure) : { kind: 'refused', cause: causeOfRefusal(failure) }
}

function unanswered({ certificate }: CertificateInput, error: SignetError): Obtained {
  const message = `Authority "${certificate.spec.authorityRef.name}" does not answer: trying again`
  return { kind: 'unanswered', cause: { reason: 'AuthorityUnavailable', message }, error }
}

const reasons: Partial<Readonly<Record<SignetError['code'], string>>> = {
  forbidden: 'NotAllowed',
  malformed: 'BadRequest',
  unauthorized: 'NotAccepted',
}

/** What a condition says about a refusal. The request id leads to the authority's log, which knows more than it says. */
function causeOfRefusal({ code, message, requestId }: SignetError): Cause {
  const trace = requestId === undefined ? '' : ` (request ${requestId})`
  return { reason: reasons[code] ?? 'Failed', message: `${message}${trace}` }
}

/** With `rotationPolicy: Never`, the key in the Secret; none where there is none that can be read. */
async function findReusableKey(
  { certificate, wanted, secret }: CertificateInput,
  { kube }: SecretWriteDeps,
): Promise<{ readonly keyPem?: string; readonly problem?: string }> {
  const { privateKey, secretName } = certificate.spec
  if (privateKey.rotationPolicy === 'Always' || secret === undefined) return {}
  const { keyPem } = await readSecretData(certificate, kube)
  const algorithm = algorithmOf(keyPem)
  if (algorithm === undefined) return {}
  if (algorithm === wanted.keyAlgorithm) return { keyPem }
  const remedy = 'delete the Secret, or set spec.privateKey.rotationPolicy to Always'
  const problem = `spec.privateKey wants ${wanted.keyAlgorithm}, but rotationPolicy Never keeps the ${algorithm} key in Secret "${secretName}": ${remedy}`
  return { problem }
}

function algorithmOf(keyPem: string): string | undefined {
  try {
    return keyAlgorithmOf(createPublicKey(readPrivateKey(keyPem)).export({ type: 'spki', format: 'der' }))
  } catch (error) {
    if (isSignetError(error)) return undefined
    throw error
  }
}
