import type { Said, Wish } from './annotations.ts'
import { SignetError, isSignetError } from '../core/errors.ts'
import { listNames, typeNames } from '../core/names/parse.ts'
import { spiffeId } from '../core/names/spiffe.ts'
import type { WorkloadRequest } from '../core/workload-request.ts'

/** The pod, as far as its names depend on it. */
export type Applicant = {
  readonly namespace: string
  readonly serviceAccount: string
  readonly trustDomain: string
}

/** Stands for the pod's own IPs, which nobody knows before it runs. */
const podIPs = '${POD_IP}'

/** Longest common name (RFC 5280, ub-common-name). A longer name is among the DNS names only. */
const longestCommonName = 64

/**
 * What the pod may have, from what its annotations wish for: placeholders filled in, names in normal form, and always the
 * SPIFFE ID of its service account. `malformed`, with the annotation, for a value that is no name.
 */
export function requestOf(wish: Wish, applicant: Applicant): WorkloadRequest {
  const read = (saying: Said) => readName(saying, applicant)
  const name = wish.name && read(wish.name)
  const sans = wish.sans.filter(({ value }) => value !== podIPs)
  const identity = spiffeId(applicant.trustDomain, applicant.namespace, applicant.serviceAccount)
  const names = typeNames([...(name === undefined ? [] : [name]), ...sans.map(read), identity])
  return {
    ...(name !== undefined && name.length <= longestCommonName && { commonName: name }),
    dnsNames: names.dns,
    ipAddresses: names.ips,
    uris: names.uris,
    emailAddresses: names.emails,
    podIPs: sans.length < wish.sans.length,
    ...(wish.duration !== undefined && { duration: wish.duration }),
    keyAlgorithm: wish.keyAlgorithm,
  }
}

/** One name in normal form. */
function readName(saying: Said, applicant: Applicant): string {
  const text = fillIn(saying, applicant)
  try {
    return listNames(typeNames([text]))[0]?.value ?? text
  } catch (error) {
    throw isSignetError(error) ? wrong(saying, error.message, error) : error
  }
}

function fillIn(saying: Said, { namespace, serviceAccount }: Applicant): string {
  const text = saying.value.trim()
  const filled = text.replaceAll('${POD_NAMESPACE}', namespace).replaceAll('${SERVICE_ACCOUNT_NAME}', serviceAccount)
  // `$` is in no name, and the kubelet would expand `$(NAME)` in an environment variable.
  if (!filled.includes('$')) return filled
  const known = '${POD_NAMESPACE} and ${SERVICE_ACCOUNT_NAME}, and ${POD_IP} as a whole item of sans'
  throw wrong(saying, `${JSON.stringify(text)} has an unknown placeholder: known are ${known}`)
}

function wrong({ key }: Said, what: string, cause?: unknown): SignetError {
  return new SignetError('malformed', `annotation ${key}: ${what}`, { path: key, reason: 'BadRequest', cause })
}
