import type { KeyObject } from 'node:crypto'
import type { CaClient } from '../../../client/ca-client.ts'
import type { Clock } from '../../../core/clock.ts'
import { isSignetError, type SignetError } from '../../../core/errors.ts'
import { encodePem } from '../../../core/pem.ts'
import type { Certificate } from '../../../core/resources/index.ts'
import { createCertificateRequest } from '../../../core/x509/csr.ts'
import { createName } from '../../../core/x509/name.ts'
import { exportPrivateKey, generateKeyPair, readPrivateKey } from '../../../core/x509/private-key.ts'
import { usagesOf } from '../../../core/x509/usages.ts'
import type { DelegateTokens } from '../../delegate-tokens.ts'
import type { AuthorityClients } from '../../ports.ts'
import type { ActiveAuthority } from './decide.ts'
import type { WantedIssue } from './wanted.ts'

export type IssueDeps = { readonly clients: AuthorityClients; readonly tokens: DelegateTokens; readonly clock: Clock }

export type IssueInput = {
  readonly certificate: Certificate
  readonly wanted: WantedIssue
  readonly authority: ActiveAuthority & { readonly audience: string }
  /** The key to be used again, PEM; undefined: a new one. */
  readonly keyPem: string | undefined
}

export type Issued = { readonly keyPem: string; readonly chainPem: string; readonly issuedAt: number }

/** What the authority answered instead of a certificate, or that it did not answer. */
export type Failure = { readonly failure: SignetError }

/**
 * Has the authority issue a certificate for a Certificate, as its delegate. What the authority says is a result; this
 * fails only with what the API server says to the request for a token.
 */
export async function issueCertificate(input: IssueInput, deps: IssueDeps): Promise<Issued | Failure> {
  const { wanted, keyPem } = input
  const key = keyPem === undefined ? (await generateKeyPair(wanted.keyAlgorithm)).privateKey : readPrivateKey(keyPem)
  const issuedAt = deps.clock.now()
  const answer = await signAsDelegate(input, createRequest(wanted, key), deps)
  return 'failure' in answer ? answer : { ...answer, keyPem: exportPrivateKey(key, wanted.encoding), issuedAt }
}

type Answer = { readonly chainPem: string } | Failure

/** A token that is not accepted may only be too old for an authority that was made anew: a fresh one is tried once. */
async function signAsDelegate(input: IssueInput, csr: string, { clients, tokens }: IssueDeps): Promise<Answer> {
  const { authority, certificate } = input
  const { namespace = '', name, uid = '' } = certificate.metadata
  const client: CaClient = clients(authority)
  const sign = async (ott: string): Promise<Answer> => {
    try {
      const { certificateChain } = await client.sign({ csr, ott, signet: { certificate: { namespace, name, uid } } })
      return { chainPem: certificateChain }
    } catch (error) {
      if (isSignetError(error)) return { failure: error }
      throw error
    }
  }
  const token = await tokens.get(authority.audience)
  const answer = await sign(token)
  if (!('failure' in answer) || answer.failure.code !== 'unauthorized') return answer
  tokens.drop(authority.audience, token)
  return sign(await tokens.get(authority.audience))
}

function createRequest({ subject, names, usages, isCA }: WantedIssue, privateKey: KeyObject): string {
  const content = { subject: createName(subject), names, usages: usagesOf(usages), privateKey }
  const der = createCertificateRequest(isCA ? { ...content, basicConstraints: { isCA } } : content)
  return encodePem('CERTIFICATE REQUEST', der)
}
