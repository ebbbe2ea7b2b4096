import type { CaClient } from './ca-client.ts'
import { collectNames, listNames, parseName } from '../core/names/parse.ts'
import type { Names } from '../core/names/names.ts'
import { encodePem } from '../core/pem.ts'
import { namesOf, type WorkloadRequest } from '../core/workload-request.ts'
import { createCertificateRequest } from '../core/x509/csr.ts'
import { createName } from '../core/x509/name.ts'
import { exportPrivateKey, generateKeyPair } from '../core/x509/private-key.ts'

export type EnrolInput = {
  readonly client: Pick<CaClient, 'sign'>
  /** The pod's projected service account token. */
  readonly token: string
  readonly request: WorkloadRequest
  /** The pod's own IP addresses; only asked for where the request says so. */
  readonly podIPs: readonly string[]
}

export type Enrolment = {
  /** PEM, leaf first, without the root. */
  readonly certificateChain: string
  /** PEM, PKCS#8; made here, never seen by anyone else. */
  readonly privateKey: string
  /** Under which the authority logged the request. */
  readonly requestId: string | undefined
}

/** Makes a key and has a pod's wish certified for it. Fails with the errors of the client. */
export async function enrol({ client, token, request, podIPs }: EnrolInput): Promise<Enrolment> {
  const { privateKey } = await generateKeyPair(request.keyAlgorithm)
  const subject = createName(request.commonName === undefined ? {} : { commonName: request.commonName })
  const der = createCertificateRequest({ subject, names: enrolmentNames(request, podIPs), privateKey })
  const { certificateChain, requestId } = await client.sign({
    csr: encodePem('CERTIFICATE REQUEST', der),
    ott: token,
    ...(request.duration === undefined ? {} : { notAfter: request.duration }),
  })
  return { certificateChain, privateKey: exportPrivateKey(privateKey, 'PKCS8'), requestId }
}

/** All names that a wish asks for, in normal form, the pod's own IP addresses included where it wants them. */
export function enrolmentNames(request: WorkloadRequest, podIPs: readonly string[]): Names {
  const own = request.podIPs ? podIPs.map((ip) => ({ kind: 'ips' as const, value: parseName('ips', ip) })) : []
  return collectNames([...listNames(namesOf(request)), ...own])
}
