import { parseInstant } from '../../../core/instant.ts'
import type { Metrics } from '../../../core/metrics.ts'
import type { Certificate, ObjectKey } from '../../../core/resources/index.ts'
import { isTrue } from '../../conditions.ts'

/** What is counted about Certificates. */
export type CertificateMetrics = {
  issued(): void
  failed(result: 'refused' | 'unavailable'): void
  /** Shows the state of one Certificate. */
  observe(certificate: Certificate): void
  /** Shows nothing about one that is gone. */
  forget(key: ObjectKey): void
}

const times = {
  signet_certificate_not_after_timestamp_seconds: 'notAfter',
  signet_certificate_renewal_timestamp_seconds: 'renewalTime',
} as const
type TimeMetric = keyof typeof times

export function createCertificateMetrics(metrics: Metrics): CertificateMetrics {
  const count = (result: string) => metrics.add('signet_certificate_issuances_total', { result })
  return {
    issued: () => count('issued'),
    failed: (result) => count(result),
    observe({ metadata, status }) {
      const labels = { namespace: metadata.namespace ?? '', name: metadata.name }
      metrics.set('signet_certificate_ready_status', labels, isTrue(status?.conditions, 'Ready') ? 1 : 0)
      for (const [metric, field] of Object.entries(times) as [TimeMetric, 'notAfter' | 'renewalTime'][]) {
        const time = parseInstant(status?.[field])
        if (time === undefined) metrics.remove(metric, labels)
        else metrics.set(metric, labels, time / 1000)
      }
    },
    forget({ namespace = '', name }) {
      const labels = { namespace, name }
      metrics.remove('signet_certificate_ready_status', labels)
      for (const metric of Object.keys(times) as TimeMetric[]) metrics.remove(metric, labels)
    },
  }
}
