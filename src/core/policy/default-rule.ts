import { describeName } from '../names/compare.ts'
import { isOneOf, listNames } from '../names/parse.ts'
import type { NameKind } from '../names/names.ts'
import { spiffeId } from '../names/spiffe.ts'
import { describeAttribute, listAttributes } from '../subject-fields.ts'
import type { PolicyRequest } from './policy.ts'
import { askedUsages, defaultUsages } from './rules.ts'

/** What names of the cluster end in, such as `cluster.local`, and the SPIFFE trust domain. */
export type Domains = { readonly clusterDomain: string; readonly trustDomain: string }

export const defaultRuleId = 'default'

const usual: ReadonlySet<string> = new Set(defaultUsages)

/**
 * The rule for whoever no enforcing CertificatePolicy selects: names of its own namespace, and for pods what they are.
 * Gives one message for each thing that it does not allow.
 */
export function defaultRuleMessages(request: PolicyRequest, domains: Domains): string[] {
  const { subject, commonName, names, isCA } = request
  const refused = listNames(names).filter(({ kind, value }) => !kinds[kind](value, request, domains))
  return [
    ...refused.map((name) => `${describeName(name)} is not allowed`),
    ...(commonName === '' || isOneOf(commonName, names)
      ? []
      : [`common name "${commonName}", which is none of the other names, is not allowed`]),
    ...listAttributes(request.attributes).map(describeAttribute),
    ...(request.wantsPodIPs && subject.hostNetwork === true
      ? ['the IP address of the node (the pod has hostNetwork) is not allowed']
      : []),
    ...(isCA ? ['isCA is not allowed'] : []),
    ...askedUsages(request)
      .filter((usage) => !usual.has(usage))
      .map((usage) => `usage "${usage}" is not allowed`),
  ]
}

type Check = (value: string, request: PolicyRequest, domains: Domains) => boolean

const kinds: Readonly<Record<NameKind, Check>> = {
  dns: (name, { subject }, { clusterDomain }) =>
    !name.includes('*') &&
    [`.${subject.namespace}.svc`, `.${subject.namespace}.svc.${clusterDomain.toLowerCase()}`].some(
      (suffix) => name.endsWith(suffix) && name.length > suffix.length,
    ),
  ips: (address, { subject }) => subject.hostNetwork !== true && (subject.podIPs ?? []).includes(address),
  emails: () => false,
  uris: (uri, { subject: { kind, namespace, serviceAccount } }, { trustDomain }) =>
    kind === 'Pod' && serviceAccount !== undefined && uri === spiffeId(trustDomain, namespace, serviceAccount),
}
