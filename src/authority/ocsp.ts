import { hash } from 'node:crypto'
import { equalBytes, toHex } from '../core/bytes.ts'
import type { Clock } from '../core/clock.ts'
import { isSignetError } from '../core/errors.ts'
import { wholeSeconds } from '../core/instant.ts'
import { parseCertificate, type Certificate } from '../core/x509/certificate.ts'
import { parseOcspRequest, type CertificateId, type OcspRequest } from '../core/x509/ocsp-request.ts'
import {
  assembleOcspResponse,
  buildResponseData,
  encodeOcspError,
  type CertificateStatus,
  type OcspError,
} from '../core/x509/ocsp-response.ts'
import { sameName } from '../core/x509/name.ts'
import { keyOctetsOf } from '../core/x509/public-key.ts'
import { signData } from '../core/x509/signature.ts'
import type { Snapshot } from './config.ts'
import { createOcspCache, type OcspAnswer } from './ocsp-cache.ts'
import type { OcspSigner } from './ocsp-signer.ts'
import type { CertificateStore } from './ports.ts'

/** `signet.ocsp` of ca.json. */
export type OcspSettings = {
  /** Milliseconds from an answer to its nextUpdate. */
  readonly validity: number
}

export type OcspPorts = {
  readonly store: Pick<CertificateStore, 'find' | 'findRevocation'>
  readonly clock: Clock
  /** A new signer for the issuer of this configuration. */
  readonly issueSigner: (snapshot: Snapshot) => Promise<OcspSigner>
}

/** Answers about the certificates of one authority (RFC 6960). Every call takes the configuration that then holds. */
export type OcspResponder = {
  /** The answer to a request (DER), which is an answer also where it is an error; undefined where OCSP is off. */
  respond(request: Uint8Array): Promise<OcspAnswer | undefined>
  /** To be called when a certificate was revoked: what was said of it before is said no more. */
  forget(serial: string): void
}

/** A responder for the configuration that `snapshot` gives. */
export function createOcspResponder(snapshot: () => Snapshot, ports: OcspPorts): OcspResponder {
  const cache = createOcspCache()
  const signerOf = keepSigner(ports)

  async function answer(request: OcspRequest, { validity }: OcspSettings): Promise<OcspAnswer> {
    const now = ports.clock.now()
    const [first] = request.certificates
    const single = request.certificates.length === 1 && request.nonce === undefined
    const known = single ? cache.get(first, now) : undefined
    if (known !== undefined) return known
    const current = snapshot()
    const issuer = current.config.issuer.chain[0]
    if (!request.certificates.every((id) => isIssuedBy(id, issuer))) return failure('unauthorized')
    const remember = cache.begin()
    const signer = await signerOf(current, now)
    const answers = await Promise.all(
      request.certificates.map(async (id) => ({ id: id.der, status: await statusOf(id.serial, issuer, ports.store) })),
    )
    const thisUpdate = wholeSeconds(now)
    const nextUpdate = Math.min(thisUpdate + validity, signer.chain[0].notAfter)
    const { keyHash: signerKeyHash, algorithm, privateKey } = signer
    const data = buildResponseData({ signerKeyHash, answers, thisUpdate, nextUpdate, nonce: request.nonce })
    const der = assembleOcspResponse(data, algorithm, signData(algorithm, privateKey, data), signer.chain[0].der)
    const lasting = single && answers.every(({ status }) => status.kind !== 'unknown')
    if (!lasting) return { der, lasting: undefined }
    const made = { der, lasting: { thisUpdate, nextUpdate } }
    remember(first, made)
    return made
  }

  return {
    async respond(bytes) {
      const settings = snapshot().config.ocsp
      if (settings === undefined) return undefined
      try {
        return await answer(parseOcspRequest(bytes), settings)
      } catch (error) {
        if (isSignetError(error, 'malformed')) return failure('malformedRequest')
        if (isSignetError(error, 'unavailable')) return failure('tryLater')
        throw error
      }
    },
    forget: (serial) => cache.forget(serial),
  }
}

function failure(error: OcspError): OcspAnswer {
  return { der: encodeOcspError(error), lasting: undefined }
}

/**
 * One signer for all answers, until two thirds of its life are over or the issuer is another; where no new one can be made
 * the old one goes on to its end.
 */
function keepSigner({ issueSigner }: OcspPorts): (snapshot: Snapshot, now: number) => Promise<OcspSigner> {
  let kept: Promise<OcspSigner> | undefined
  return async (snapshot, now) => {
    const before = kept
    const old = await before?.catch(() => undefined)
    const ours = old?.issuer.fingerprint === snapshot.config.issuer.chain[0].fingerprint ? old : undefined
    if (ours !== undefined && now < ours.renewAt) return ours
    // Whoever came first has begun already.
    if (kept === before) kept = issueSigner(snapshot)
    try {
      return await (kept ?? issueSigner(snapshot))
    } catch (error) {
      if (ours === undefined || now >= ours.chain[0].notAfter) throw error
      kept = before
      return ours
    }
  }
}

/** A serial of another issuer, such as an intermediate of before, is none of this one (RFC 6960 §2.2: not issued by it). */
async function statusOf(serial: string, issuer: Certificate, store: OcspPorts['store']): Promise<CertificateStatus> {
  const record = await store.find(serial)
  if (record !== undefined && !isFrom(record.certificate, issuer)) return { kind: 'unknown' }
  const revocation = record === undefined ? await store.findRevocation(serial) : record.revocation
  if (revocation !== undefined) {
    return { kind: 'revoked', revokedAt: revocation.revokedAt, reasonCode: revocation.reasonCode }
  }
  return { kind: record === undefined ? 'unknown' : 'good' }
}

/** By its key identifier, or by name where there is none; records are our own, so signatures need no look. */
function isFrom(der: Uint8Array, issuer: Certificate): boolean {
  const { authorityKeyId, issuer: name } = parseCertificate(der)
  if (authorityKeyId === undefined || issuer.subjectKeyId === undefined) return sameName(name, issuer.subject)
  return equalBytes(authorityKeyId, issuer.subjectKeyId)
}

/** The hashes of an issuer, made once. */
const issuerHashes = new WeakMap<Certificate, Map<string, { readonly name: string; readonly key: string }>>()

function isIssuedBy({ hash: algorithm, issuerNameHash, issuerKeyHash }: CertificateId, issuer: Certificate): boolean {
  if (algorithm === undefined) return false
  const known = issuerHashes.get(issuer) ?? new Map<string, { name: string; key: string }>()
  issuerHashes.set(issuer, known)
  const hashes = known.get(algorithm) ?? {
    name: toHex(hash(algorithm, issuer.subject.der, 'buffer')),
    key: toHex(hash(algorithm, keyOctetsOf(issuer.spki), 'buffer')),
  }
  known.set(algorithm, hashes)
  return hashes.name === issuerNameHash && hashes.key === issuerKeyHash
}
