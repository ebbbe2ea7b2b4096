import type { Clock } from '../core/clock.ts'
import { SignetError } from '../core/errors.ts'
import { wholeSeconds } from '../core/instant.ts'
import { assembleCertificate } from '../core/x509/build.ts'
import { verifyData } from '../core/x509/signature.ts'
import type { Snapshot } from './config.ts'
import { prepareRevocationList } from './prepare-x509.ts'
import type { CertificateStore, StoredCrl } from './ports.ts'

/** `crl` of ca.json. */
export type CrlSettings = {
  /** True: each revocation is answered when a list has it. */
  readonly generateOnRevoke: boolean
  /** Milliseconds from one list to its nextUpdate. */
  readonly cacheDuration: number
  /** Milliseconds after which the next list is made. */
  readonly renewPeriod: number
  /** Its distribution point; empty: /1.0/crl of the first of the DNS names. */
  readonly idpURL: string
}

export type CrlPorts = {
  readonly store: Pick<CertificateStore, 'findCrl' | 'revocationsAlive' | 'storeCrl'>
  readonly clock: Clock
}

/** The revocation list of an authority. Every call takes the configuration that then holds. */
export type CrlPublisher = {
  /** Makes a list with everything that was revoked before the call, and serves it. Nothing where lists are off. */
  publish(): Promise<void>
  /** The list that is served, made now if there is none; undefined where lists are off. */
  current(): Promise<StoredCrl | undefined>
}

/** How long a revoked certificate stays on the list after its end, in milliseconds: step-ca's. */
const keptAfterEnd = 3_600_000
/** Others may store a list at the same time, in another process on the same database: they never do so often. */
const attempts = 10

/** Lists of the configuration that `snapshot` gives. */
export function createCrlPublisher(snapshot: () => Snapshot, ports: CrlPorts): CrlPublisher {
  let served: StoredCrl | undefined
  const publish = shared(async () => {
    const now = snapshot()
    if (now.config.crl !== undefined) served = await makeCrl(now, now.config.crl, ports)
  })
  return {
    publish,
    async current() {
      if (snapshot().config.crl === undefined) return undefined
      if (served === undefined) await publish()
      return served
    },
  }
}

/**
 * One at a time, and one for all who ask while another is under way: what they wait for begins after they asked, so it knows
 * what they know.
 */
function shared(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () =>
    (next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return (running = work())
      }))
}

async function makeCrl(snapshot: Snapshot, settings: CrlSettings, { store, clock }: CrlPorts): Promise<StoredCrl> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    // The number first: whoever has a greater one has read the revocations later.
    const number = ((await store.findCrl())?.number ?? -1) + 1
    const thisUpdate = wholeSeconds(clock.now())
    const revoked = await store.revocationsAlive(thisUpdate - keptAfterEnd)
    const nextUpdate = thisUpdate + settings.cacheDuration
    const distributionPoint = settings.idpURL || snapshot.audiences.url('/1.0/crl')
    const der = await signList({ number, thisUpdate, nextUpdate, distributionPoint, revoked }, snapshot)
    const crl = { number, nextUpdate, der }
    if (await store.storeCrl(crl)) return crl
  }
  throw new SignetError('unavailable', 'another process makes revocation lists on this database')
}

async function signList(
  content: Parameters<typeof prepareRevocationList>[0],
  { config, issuerFacts }: Snapshot,
): Promise<Uint8Array> {
  const prepared = prepareRevocationList(content, issuerFacts)
  const { tbs, algorithm } = prepared.toBeSigned
  const signature = await config.issuer.sign(prepared)
  if (!verifyData(algorithm, issuerFacts.publicKey, tbs, signature)) {
    throw new SignetError('internal', 'the signature of the revocation list does not verify')
  }
  // A list has the same three outer fields (RFC 5280 §5.1).
  return assembleCertificate(tbs, algorithm, signature)
}
