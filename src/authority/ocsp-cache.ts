import { toHex } from '../core/bytes.ts'
import type { CertificateId } from '../core/x509/ocsp-request.ts'

/** An OCSP answer. */
export type OcspAnswer = {
  /** DER. */
  readonly der: Uint8Array
  /** For how long it may be given to others who ask the same, in milliseconds since the epoch; undefined: not at all. */
  readonly lasting: { readonly thisUpdate: number; readonly nextUpdate: number } | undefined
}

export type OcspCache = {
  /** What was said of it, while half of its time is not over: so that who asks has as long to use it. */
  get(id: CertificateId, now: number): OcspAnswer | undefined
  /** To be called before the status is looked up: what it gives remembers, unless a certificate was revoked meanwhile. */
  begin(): (id: CertificateId, answer: OcspAnswer) => void
  forget(serial: string): void
}

/** Certificates about which answers are kept, about 1.2 KiB each. */
const maximumSerials = 4096

/** Answers by serial number and, within that, by the whole question: eight at most, one for each way of hashing. */
export function createOcspCache(): OcspCache {
  const bySerial = new Map<string, Map<string, OcspAnswer>>()
  let revocations = 0
  return {
    get(id, now) {
      const answer = bySerial.get(id.serial)?.get(toHex(id.der))
      if (answer?.lasting === undefined) return undefined
      const { thisUpdate, nextUpdate } = answer.lasting
      return now >= thisUpdate && now < (thisUpdate + nextUpdate) / 2 ? answer : undefined
    },
    begin() {
      const before = revocations
      return (id, answer) => {
        if (revocations !== before) return
        const answers = bySerial.get(id.serial) ?? new Map<string, OcspAnswer>()
        bySerial.set(id.serial, answers.set(toHex(id.der), answer))
        const [oldest] = bySerial.keys()
        if (bySerial.size > maximumSerials && oldest !== undefined) bySerial.delete(oldest)
      }
    },
    forget(serial) {
      revocations++
      bySerial.delete(serial)
    },
  }
}
