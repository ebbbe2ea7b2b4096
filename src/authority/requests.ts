import type { KeyObject } from 'node:crypto'
import type { TimeDuration } from '../core/duration.ts'
import type { CertificateRequest } from '../core/x509/csr.ts'
import type { IssuanceRecord } from './ports.ts'

/** Who sent a request, for logs and for provisioners that look at the source address. */
export type Caller = {
  readonly requestId: string
  /** Address of the TCP peer, IPv4 in plain form; undefined if the connection is gone. */
  readonly address: string | undefined
}

/** POST /sign, parsed; nothing in it has been verified yet, not even the request's own signature. */
export type SignRequest = {
  readonly csr: CertificateRequest
  readonly token: string
  readonly notBefore?: TimeDuration
  readonly notAfter?: TimeDuration
  /** Body member `signet.certificate`: the Certificate for which a delegate asks. */
  readonly certificate?: { readonly namespace: string; readonly name: string; readonly uid: string }
  readonly caller: Caller
}

/** POST /renew over mutual TLS. */
export type RenewRequest = {
  /** What the client presented, DER, leaf first; TLS proved that it has the leaf's key, nothing more. */
  readonly clientChain: readonly Uint8Array[]
  readonly caller: Caller
}

/** A certificate that was signed, verified and recorded. */
export type Issued = {
  /** DER, leaf first, without the root. */
  readonly chain: readonly Uint8Array[]
  readonly record: IssuanceRecord
}

/** The authority’s use cases, under one configuration: a reload makes a new one. Failures are SignetErrors. */
export type CertificateAuthority = {
  sign(request: SignRequest): Promise<Issued>
  renew(request: RenewRequest): Promise<Issued>
  /** A certificate for the authority’s own listener, with a new key. */
  issueServing(): Promise<{ readonly issued: Issued; readonly privateKey: KeyObject }>
  /** Signs random bytes with the issuing key and verifies them: throws if the key does not work or is not the certificate's. */
  probe(): void
}
