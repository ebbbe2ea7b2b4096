import type { PolicySource } from '../../authority/ports.ts'
import { SignetError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { policyRule, type PolicyRule } from '../../core/policy/rules.ts'
import type { CertificatePolicy } from '../../core/resources/certificate-policy.ts'
import { certificatePolicies } from '../../core/resources/kinds.ts'
import type { Named } from '../../core/resources/metadata.ts'
import type { ResourceKind } from '../../core/resources/resource-kind.ts'
import type { KubeApi } from './client.ts'
import { startInformer } from './informer.ts'

export const namespaces: ResourceKind = {
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
}

export type WatchedPolicySource = PolicySource & { stop(): void }

/** CertificatePolicies, after rules that are always there, and the labels of namespaces, kept up to date by two watches. */
export function watchPolicies(
  api: Pick<KubeApi, 'list' | 'watch'>,
  log: Log,
  builtIn: readonly PolicyRule[] = [],
): WatchedPolicySource {
  const policies = startInformer({ api, log, kind: certificatePolicies })
  const spaces = startInformer({ api, log, kind: namespaces, metadataOnly: true })
  let rules: readonly PolicyRule[] | undefined
  policies.onChange(() => {
    rules = undefined
  })
  return {
    policies: () => (rules ??= [...builtIn, ...policies.list().toSorted(byName).map(ruleOf)]),
    namespaceLabels(name) {
      const found = spaces.get({ name })
      return found === undefined ? undefined : (found.metadata.labels ?? {})
    },
    ready: () => policies.synced && spaces.synced,
    stop() {
      policies.stop()
      spaces.stop()
    },
  }
}

function byName(a: Named<CertificatePolicy>, b: Named<CertificatePolicy>): number {
  return a.metadata.name < b.metadata.name ? -1 : 1
}

/** A policy that cannot be read stops all decisions: to leave it out could allow what it denies. */
function ruleOf({ metadata, spec }: Named<CertificatePolicy>): PolicyRule {
  try {
    return policyRule(metadata.name, spec)
  } catch (error) {
    throw new SignetError('internal', `CertificatePolicy ${metadata.name} cannot be read`, { cause: error })
  }
}
