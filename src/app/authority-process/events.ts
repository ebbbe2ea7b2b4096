import type { AuthorityEvents, ObjectReference, Operation } from '../../authority/ports.ts'
import type { Log } from '../../core/log.ts'
import type { Metrics } from '../../core/metrics.ts'

/** Tells Kubernetes what happened to an object; outside of a cluster there is nobody to tell. */
export type EventTeller = (event: {
  readonly regarding: ObjectReference
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}) => void

/**
 * What a pod is told; equal each time, so that what comes less than 6 minutes after the last becomes one Event with a count.
 * A Certificate is the operator's.
 */
const podNews: Readonly<Partial<Record<Operation, { readonly reason: string; readonly message: string }>>> = {
  sign: { reason: 'Issued', message: 'a certificate was issued' },
  renew: { reason: 'Renewed', message: 'the certificate was renewed' },
  rekey: { reason: 'Renewed', message: 'the certificate was renewed for another key' },
}

/**
 * Business events as metrics and Kubernetes Events. The log line of a request has all of it already, so only what belongs
 * to no request, or is no answer to it, is logged here.
 */
export function createEvents(log: Log, metrics: Metrics, tell: EventTeller | undefined): AuthorityEvents {
  return {
    issued({ provisioner, serial, notAfter }, { operation, regarding }) {
      metrics.add('signet_certificates_issued_total', { operation, provisioner: provisioner.name })
      const news = podNews[operation]
      if (news && regarding?.kind === 'Pod') tell?.({ regarding, type: 'Normal', ...news })
      if (operation === 'serve') log.info({ serial, notAfter: new Date(notAfter) }, 'serving certificate issued')
    },
    revoked({ by }) {
      const provisioner = by.kind === 'token' ? by.provisioner.name : ''
      metrics.add('signet_certificates_revoked_total', { provisioner })
    },
    refused({ operation, reason, message, requestId, regarding }) {
      metrics.add('signet_requests_refused_total', { operation, reason })
      if (regarding === undefined) return
      tell?.({
        regarding,
        type: 'Warning',
        reason,
        message: requestId === '' ? message : `${message} (request ${requestId})`,
      })
    },
    webhookCalled({ provisioner, webhook, outcome, seconds }) {
      metrics.add('signet_provisioner_webhook_calls_total', { provisioner, webhook, outcome })
      metrics.observe('signet_provisioner_webhook_duration_seconds', { provisioner, webhook }, seconds)
    },
    audited(violations, { requestId, regarding }) {
      log.warn({ requestId, regarding, violations }, 'an auditing policy would have refused')
      for (const { message, rule } of violations) {
        tell?.({ regarding, type: 'Warning', reason: 'PolicyAudit', message: `${message} by ${rule}` })
      }
    },
  }
}
