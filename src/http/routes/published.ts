import { describeForCaller } from '../errors.ts'
import { encodeGoJson } from '../../core/go-json.ts'
import { SignetError } from '../../core/errors.ts'
import type { PublishedAnswers } from '../published.ts'
import { provisionersPage, queryOf, readPage } from './page.ts'
import { sendError, sendJson, sendPem, type Route } from './route.ts'

const healthy = encodeGoJson({ status: 'ok' })

/** An endpoint whose body depends on the configuration alone. */
const fixed = (path: string, status: number, pick: (answers: PublishedAnswers) => string): Route => ({
  method: 'get',
  path,
  handle: (_, response, { answers }) => sendJson(response, status, pick(answers)),
})

/** What anybody may read. The lists answer 201, as step-ca's do. */
export const publishedRoutes: readonly Route[] = [
  fixed('/health', 200, () => healthy),
  fixed('/version', 200, ({ version }) => version),
  fixed('/roots', 201, ({ roots }) => roots),
  fixed('/federation', 201, ({ federation }) => federation),
  fixed('/intermediates', 201, ({ intermediates }) => intermediates),
  { method: 'get', path: '/roots.pem', handle: (_, response, { answers }) => sendPem(response, answers.rootsPem) },
  {
    method: 'get',
    path: '/intermediates.pem',
    handle: (_, response, { answers }) => sendPem(response, answers.intermediatesPem),
  },
  {
    method: 'get',
    path: '/root/:sha',
    handle(request, response, { answers }) {
      const sum = String(request.params['sha']).replaceAll('-', '').toLowerCase()
      const body = answers.rootBySha256.get(sum)
      if (body !== undefined) return sendJson(response, 200, body)
      const message = `root certificate with fingerprint ${JSON.stringify(sum)} was not found`
      sendError(response, { status: 404, message })
    },
  },
  {
    method: 'get',
    path: '/provisioners',
    handle(request, response, { answers }) {
      sendJson(response, 200, encodeGoJson(provisionersPage(answers.provisioners, readPage(queryOf(request)))))
    },
  },
  {
    method: 'get',
    path: '/provisioners/:kid/encrypted-key',
    handle(request, response, { answers }) {
      const body = answers.encryptedKeyByKid.get(String(request.params['kid']))
      if (body !== undefined) return sendJson(response, 200, body)
      sendError(response, describeForCaller(new SignetError('not-found', 'no provisioner with this key id has a key')))
    },
  },
]
