import { delayAfter } from '../../../core/backoff.ts'
import { isSignetError, type ErrorCode } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { Named } from '../../../core/resources/index.ts'
import { outageBackoff } from '../../backoff.ts'
import { keyText } from '../../../core/resources/object-key.ts'
import { findFault, type Cause, type CertificateInput } from './decide.ts'
import type { CertificateMetrics } from './metrics.ts'
import { obtainCertificate, type ObtainDeps } from './obtain.ts'
import { issued, paced, refused, secretNotWritten, unreachable, type Outcome } from './outcome.ts'
import { createPace } from './pace.ts'
import { readSecretFacts, type Secret, type SecretFacts } from './secret-facts.ts'
import { writeSecret } from './write-secret.ts'

export type IssuanceDeps = ObtainDeps & { readonly metrics: CertificateMetrics; readonly log: Log }

/** Issues for Certificates, and remembers of each how that went. */
export type Issuance = {
  /** Gets a certificate and writes it into the Secret, or says why not. Fails where another writer was faster. */
  run(input: CertificateInput, cause: Cause): Promise<Outcome>
  /** The Certificate of this key, as text, is gone. */
  forget(certificate: string): void
}

/** How the API server says that it will not take a Secret as it is, such as by a quota. */
const refusedWrites: ReadonlySet<ErrorCode> = new Set(['forbidden', 'malformed', 'unauthorized'])

export function createIssuance(deps: IssuanceDeps): Issuance {
  const pace = createPace()
  /** Failures in a row. */
  const outages = new Map<string, number>()
  /** What was issued and is not written yet: else each write that fails would cost another certificate. */
  const unwritten = new Map<string, { readonly generation: number | undefined; readonly secret: Named<Secret> }>()

  const tryAgain = (input: CertificateInput, cause: Cause, err: unknown): Outcome => {
    const certificate = keyText(input.certificate.metadata)
    const failures = (outages.get(certificate) ?? 0) + 1
    outages.set(certificate, failures)
    deps.log.warn({ err, certificate, failures }, 'no certificate could be got, trying again')
    deps.metrics.failed('unavailable')
    return unreachable(input, cause, delayAfter(outageBackoff, failures))
  }

  const refuse = (input: CertificateInput, cause: Cause): Outcome => {
    outages.delete(keyText(input.certificate.metadata))
    deps.metrics.failed('refused')
    return refused(input, cause)
  }

  const findUnwritten = (input: CertificateInput): Named<Secret> | undefined => {
    const { metadata } = input.certificate
    const { generation, secret } = unwritten.get(keyText(metadata)) ?? {}
    if (secret === undefined || generation !== metadata.generation) return undefined
    const isOwn = secret.metadata.ownerReferences?.[0]?.uid === metadata.uid
    return isOwn && findFault({ ...input, secret: readSecretFacts(secret) }) === undefined ? secret : undefined
  }

  const write = async (input: CertificateInput, secret: Named<Secret>, cause: Cause): Promise<Outcome> => {
    let facts: SecretFacts
    try {
      facts = await writeSecret(input.certificate, secret, input.secret, deps)
    } catch (error) {
      if (!isSignetError(error) || error.code === 'conflict') throw error
      const why = secretNotWritten(input, error)
      return refusedWrites.has(error.code) ? refuse(input, why) : tryAgain(input, why, error)
    }
    const key = keyText(input.certificate.metadata)
    outages.delete(key)
    unwritten.delete(key)
    deps.metrics.issued()
    const serial = facts.content.state === 'pair' ? facts.content.certificate.serial : undefined
    deps.log.info({ certificate: key, serial, cause: cause.reason }, 'certificate issued')
    return issued(input, facts, cause)
  }

  return {
    async run(input, cause) {
      const { metadata } = input.certificate
      const key = keyText(metadata)
      const left = findUnwritten(input)
      if (left !== undefined) return write(input, left, cause)
      const until = pace.heldUntil(key)
      if (until !== undefined && input.now < until) return paced(input, until)
      const obtained = await obtainCertificate(input, deps)
      if (obtained.kind === 'refused') return refuse(input, obtained.cause)
      if (obtained.kind === 'unanswered') return tryAgain(input, obtained.cause, obtained.error)
      pace.issued(key, input.now)
      unwritten.set(key, { generation: metadata.generation, secret: obtained.secret })
      return write(input, obtained.secret, cause)
    },
    forget(certificate) {
      pace.forget(certificate)
      outages.delete(certificate)
      unwritten.delete(certificate)
    },
  }
}
