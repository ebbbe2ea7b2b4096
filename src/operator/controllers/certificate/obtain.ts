import { createPublicKey } from 'node:crypto'
import { isSignetError, SignetError } from '../../../core/errors.ts'
import type { Named } from '../../../core/resources/index.ts'
import { readPrivateKey } from '../../../core/x509/private-key.ts'
import { keyAlgorithmOf } from '../../../core/x509/public-key.ts'
import { findFault, type CertificateInput } from './decide.ts'
import { issueCertificate, type IssueDeps } from './issue.ts'
import { readSecretFacts, type Secret } from './secret-facts.ts'
import { completeSecret, readSecretData, type SecretWriteDeps } from './write-secret.ts'

/**
 * Gets a certificate and makes the Secret that holds it; nothing is written. `malformed` where the authority issued
 * something else than was asked for, which would otherwise be asked for again without end.
 */
export async function obtainCertificate(
  input: CertificateInput,
  deps: IssueDeps & SecretWriteDeps,
): Promise<Named<Secret>> {
  const { certificate, wanted, authority } = input
  if (authority?.audience === undefined) throw new SignetError('internal', 'no authority to ask')
  const keyPem = await findReusableKey(input, deps)
  const issued = await issueCertificate(
    { certificate, wanted, authority: { ...authority, audience: authority.audience }, keyPem },
    deps,
  )
  const secret = completeSecret(certificate, wanted, { ...issued, rootsPem: authority.rootsPem })
  const fault = findFault({ ...input, secret: readSecretFacts(secret) })
  if (fault === undefined) return secret
  throw new SignetError('malformed', `what the authority issued does not match: ${fault.message}`)
}

/** With `rotationPolicy: Never`, the key in the Secret; undefined where there is none that can be read. */
async function findReusableKey(
  { certificate, wanted, secret }: CertificateInput,
  { kube }: SecretWriteDeps,
): Promise<string | undefined> {
  const { privateKey, secretName } = certificate.spec
  if (privateKey.rotationPolicy === 'Always' || secret === undefined) return undefined
  const { keyPem } = await readSecretData(certificate, kube)
  const algorithm = algorithmOf(keyPem)
  if (algorithm === undefined) return undefined
  if (algorithm === wanted.keyAlgorithm) return keyPem
  const remedy = 'delete the Secret, or set spec.privateKey.rotationPolicy to Always'
  throw new SignetError(
    'malformed',
    `spec.privateKey wants ${wanted.keyAlgorithm}, but rotationPolicy Never keeps the ${algorithm} key in Secret "${secretName}": ${remedy}`,
  )
}

function algorithmOf(keyPem: string): string | undefined {
  try {
    return keyAlgorithmOf(createPublicKey(readPrivateKey(keyPem)).export({ type: 'spki', format: 'der' }))
  } catch (error) {
    if (isSignetError(error)) return undefined
    throw error
  }
}
