import { formatDuration, parseDuration } from './duration.ts'
import { SignetError } from './errors.ts'
import { parseJson } from './json.ts'
import {
  addFault,
  readChoice,
  readFlag,
  readJson,
  readList,
  readMembers,
  readParsed,
  type JsonNode,
} from './json-reader.ts'
import { parseName } from './names/parse.ts'
import type { NameKind, Names } from './names/names.ts'
import { keyAlgorithms, type KeyAlgorithm } from './x509/key-algorithm.ts'

/**
 * What a pod may have, fixed by the webhook at admission and written as JSON into the environment variable
 * `SIGNET_REQUEST` of the injected container (`design.md`, "A pod's wishes are fixed at admission"). The authority reads
 * it from the Pod's spec and requires CSR ⊆ wish ⊆ policy.
 */
export type WorkloadRequest = {
  /** CN of the subject; empty or one of the names below. */
  readonly commonName?: string
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly uris: readonly string[]
  readonly emailAddresses: readonly string[]
  /** True: the pod's own IPs, as the API shows them when the certificate is asked for. */
  readonly podIPs: boolean
  /** Go duration, such as `24h`. Absent: the provisioner's default. */
  readonly duration?: string
  readonly keyAlgorithm: KeyAlgorithm
}

/** Name of the environment variable that carries a WorkloadRequest. */
export const workloadRequestVariable = 'SIGNET_REQUEST'

const lists = { dnsNames: 'dns', ipAddresses: 'ips', uris: 'uris', emailAddresses: 'emails' } as const satisfies Record<
  string,
  NameKind
>
const members = ['commonName', ...Object.keys(lists), 'podIPs', 'duration', 'keyAlgorithm']

/** Names of one kind in one request: as many as a Certificate may have. */
const maximumNames = 100
/** An environment variable of the pod, far below the limit of the kernel for one (128 KiB). */
const maximumLength = 65_536

/**
 * Reads the JSON of `SIGNET_REQUEST`. Every member that is not known, missing or of another type is `malformed`, with all
 * faults and their paths. Names come in normal form, the duration in Go's own.
 */
export function parseWorkloadRequest(text: string): WorkloadRequest {
  if (text.length > maximumLength) {
    throw new SignetError('malformed', `${workloadRequestVariable} is longer than ${maximumLength} characters`)
  }
  return readJson(jsonOf(text), workloadRequestVariable, readWorkloadRequest)
}

/** The names that are listed; not the pod's own IPs. The request must have been parsed. */
export function namesOf(request: WorkloadRequest): Names {
  return { dns: request.dnsNames, ips: request.ipAddresses, emails: request.emailAddresses, uris: request.uris }
}

function readWorkloadRequest(node: JsonNode): WorkloadRequest {
  const request = readMembers(node, members, 'exact')
  const commonName = request.get('commonName')
  const duration = request.get('duration')
  const names = (member: keyof typeof lists) => readNames(request.need(member), lists[member])
  return {
    ...(commonName !== undefined && { commonName: readCommonName(commonName) }),
    dnsNames: names('dnsNames'),
    ipAddresses: names('ipAddresses'),
    uris: names('uris'),
    emailAddresses: names('emailAddresses'),
    podIPs: readFlag(request.need('podIPs')),
    ...(duration !== undefined && { duration: formatDuration(readLife(duration)) }),
    keyAlgorithm: readChoice(request.need('keyAlgorithm'), keyAlgorithms),
  }
}

function readNames(node: JsonNode, kind: NameKind): string[] {
  const names = readList(node, (item) => readParsed(item, (text) => parseName(kind, text), ''))
  if (names.length > maximumNames) addFault(node, `must have at most ${maximumNames} names`)
  return [...new Set(names)]
}

/** RFC 5280, appendix A.1: a common name has at most 64 characters. */
function readCommonName(node: JsonNode): string {
  const name = readParsed(node, (text) => text, '')
  if (name.length > 64) addFault(node, 'must have at most 64 characters')
  return name
}

function readLife(node: JsonNode): number {
  const life = readParsed(node, parseDuration, 1)
  if (life <= 0) addFault(node, 'must be longer than zero')
  return life
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw new SignetError('malformed', `${workloadRequestVariable} is not JSON`, {
      path: workloadRequestVariable,
      cause: error,
    })
  }
}
