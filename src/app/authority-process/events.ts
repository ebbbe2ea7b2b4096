import type { AuthorityEvents, Refusal } from '../../authority/ports.ts'
import type { Log } from '../../core/log.ts'
import type { Metrics } from '../../core/metrics.ts'

/** Tells Kubernetes about a refusal or an audit finding on an object; outside of a cluster there is nobody to tell. */
export type WarningRecorder = (warning: Required<Pick<Refusal, 'regarding' | 'reason' | 'message'>>) => void

/**
 * Business events as metrics and Kubernetes Events. The log line of a request has all of it already, so only what belongs
 * to no request, or is no answer to it, is logged here.
 */
export function createEvents(log: Log, metrics: Metrics, record: WarningRecorder | undefined): AuthorityEvents {
  return {
    issued({ provisioner, serial, notAfter }, { operation }) {
      metrics.add('signet_certificates_issued_total', { operation, provisioner: provisioner.name })
      if (operation === 'serve') log.info({ serial, notAfter: new Date(notAfter) }, 'serving certificate issued')
    },
    refused({ operation, reason, message, requestId, regarding }) {
      metrics.add('signet_requests_refused_total', { operation, reason })
      if (regarding === undefined) return
      record?.({ regarding, reason, message: requestId === '' ? message : `${message} (request ${requestId})` })
    },
    audited(violations, { requestId, regarding }) {
      log.warn({ requestId, regarding, violations }, 'an auditing policy would have refused')
      for (const { message, rule } of violations) {
        record?.({ regarding, reason: 'PolicyAudit', message: `${message} by ${rule}` })
      }
    },
  }
}
