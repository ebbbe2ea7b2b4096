import type { Clock, Random } from '../../core/clock.ts'
import { SignetError, isSignetError } from '../../core/errors.ts'
import { certificateData } from '../../core/templates/certificate-data.ts'
import type { Json } from '../../core/templates/template.ts'
import type { AuthorityConfig } from '../config.ts'
import type { RequestContext, SignX509Request, X509Grant } from '../grant.ts'
import type { AuthorityEvents, WebhookCaller, WebhookOutcome } from '../ports.ts'
import type { Provisioner } from '../provisioners/provisioner.ts'
import { templateFacts } from '../render-certificate.ts'
import {
  certificateSubject,
  requestSubject,
  webhookBody,
  type UnsignedCertificate,
  type WebhookSubject,
} from './webhook-body.ts'
import { readWebhookAnswer } from './webhook-answer.ts'
import { webhookCall, webhookRoots } from './webhook-call.ts'
import { webhookUrl } from './webhook-url.ts'
import { isAskedAboutX509, type Webhook } from './webhook.ts'

export type WebhookPorts = {
  readonly webhooks: WebhookCaller
  readonly events: AuthorityEvents
  readonly clock: Clock
  readonly random: Random
}

/** A request whose credential is verified. */
export type WebhookQuestion = {
  readonly request: SignX509Request
  readonly grant: X509Grant
  readonly provisioner: Provisioner
  readonly context: RequestContext
}

/** What enriching hooks gave, by the name of the hook. */
export type WebhookData = Readonly<Record<string, Json>>

type CalledKind = 'ENRICHING' | 'AUTHORIZING'

/** How errors of a kind are called: whose they are, and what the caller gets of it, says `http/errors.ts` by these. */
const reasons = {
  ENRICHING: { denied: 'EnrichingWebhookDenied', failed: 'EnrichingWebhookFailed' },
  AUTHORIZING: { denied: 'AuthorizingWebhookDenied', failed: 'AuthorizingWebhookFailed' },
} as const satisfies Readonly<Record<CalledKind, Readonly<Record<Exclude<WebhookOutcome, 'allowed'>, string>>>>

/**
 * The hooks of one request, asked one after the other in the order of the configuration. Whatever is not a clear
 * permission ends the request with `forbidden`, and nothing has been stored or spent until then.
 */
export type AskedWebhooks = {
  /** Asks the enriching ones about the request. */
  enrich(): Promise<WebhookData>
  /** Asks the authorizing ones about the certificate that is about to be signed. */
  authorize(certificate: UnsignedCertificate): Promise<void>
}

/** The hooks of the question's provisioner that are about X.509 certificates. */
export function webhooksOf(question: WebhookQuestion, config: AuthorityConfig, ports: WebhookPorts): AskedWebhooks {
  const { grant, request, provisioner } = question
  const asked = provisioner.options.webhooks.filter(isAskedAboutX509)
  const data: Record<string, Json> = Object.create(null) as Record<string, Json>
  const calls: object[] = []

  async function ask(webhook: Webhook, kind: CalledKind, subject: WebhookSubject): Promise<Json> {
    const { clock, random } = ports
    const started = clock.now()
    let outcome: WebhookOutcome = 'failed'
    try {
      const body = webhookBody(subject, grant.principal, started)
      // As in step-ca, enriching hooks come before the request is looked at.
      const csr = kind === 'ENRICHING' ? undefined : request.csr
      const facts = () => certificateData({ ...templateFacts(question, data), csr })
      const url = webhookUrl(webhook.url, facts, { now: started, random, elapsed: () => clock.now() })
      const { requestId } = question.context
      const call = webhookCall(webhook, { url, body, requestId, roots: webhookRoots(config) })
      const { status, text } = await ports.webhooks.call(call)
      if (status < 200 || status > 299) throw failed(kind, `Webhook server responded with ${status}`)
      const answer = readWebhookAnswer(text)
      outcome = answer.allow ? 'allowed' : 'denied'
      if (answer.allow) return answer.data
      throw new SignetError('forbidden', answer.text, { reason: reasons[kind].denied })
    } catch (error) {
      if (!isSignetError(error) || error.code === 'forbidden') throw error
      throw failed(kind, `webhook ${JSON.stringify(webhook.name)} gave no usable answer`, error)
    } finally {
      const seconds = Math.max(0, clock.now() - started) / 1000
      ports.events.webhookCalled({ provisioner: provisioner.name, webhook: webhook.name, outcome, seconds })
      calls.push({ name: webhook.name, kind, outcome, seconds })
      question.context.note?.({ webhooks: calls })
    }
  }

  /** Most provisioners have none, so what they would be told is made only for those that have. */
  async function askAll(
    kind: CalledKind,
    subjectOf: () => WebhookSubject,
    use: (name: string, given: Json) => void,
  ): Promise<void> {
    const hooks = asked.filter((webhook) => webhook.kind === kind)
    if (hooks.length === 0) return
    const subject = subjectOf()
    for (const webhook of hooks) use(webhook.name, await ask(webhook, kind, subject))
  }

  return {
    async enrich() {
      await askAll(
        'ENRICHING',
        () => requestSubject(request.csr),
        (name, given) => void (data[name] = given),
      )
      return data
    },
    authorize: (certificate) =>
      askAll(
        'AUTHORIZING',
        () => certificateSubject(certificate),
        () => undefined,
      ),
  }
}

function failed(kind: CalledKind, message: string, cause?: unknown): SignetError {
  return new SignetError('forbidden', message, { reason: reasons[kind].failed, ...(cause !== undefined && { cause }) })
}
