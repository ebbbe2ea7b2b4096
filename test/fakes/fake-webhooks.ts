import type { WebhookCall, WebhookCaller } from '../../src/authority/ports.ts'
import { SignetError } from '../../src/core/errors.ts'

/** Webhooks by URL, and how they were called. Where there is none, it is as if the host were down. */
export type FakeWebhooks = WebhookCaller & {
  /** What the hook of a URL answers: a body, or a status, or the error with which the call ends. */
  readonly answers: Map<string, unknown>
  readonly calls: WebhookCall[]
  /** What happens while it is waited for. */
  beforeAnswer: () => void
}

export function fakeWebhooks(): FakeWebhooks {
  const answers = new Map<string, unknown>()
  const calls: WebhookCall[] = []
  const webhooks: FakeWebhooks = {
    answers,
    calls,
    beforeAnswer: () => undefined,
    async call(call) {
      calls.push(call)
      webhooks.beforeAnswer()
      const answer = answers.get(call.url.href)
      if (answer === undefined)
        throw new SignetError('unavailable', `cannot ask ${call.url.origin}: connection refused`)
      if (answer instanceof Error) throw answer
      if (typeof answer === 'number') return { status: answer, text: '' }
      return { status: 200, text: typeof answer === 'string' ? answer : JSON.stringify(answer) }
    },
  }
  return webhooks
}
