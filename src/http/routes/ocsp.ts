import type { IncomingMessage, ServerResponse } from 'node:http'
import { sha256Hex } from '../../core/bytes.ts'
import type { OcspAnswer } from '../../authority/ocsp-cache.ts'
import { readOctets } from '../request-body.ts'
import { sendBody, sendNotFound, type Route } from './route.ts'

const mediaType = 'application/ocsp-response'
/** As much as an OCSP request may have (`parseOcspRequest`), in base64. */
const maximumEncoded = 22_000

/** RFC 6960 appendix A. Answers of any kind are 200; where OCSP is off there is no such path. */
export const ocspRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/ocsp/*request',
    async handle(request, response, { authority }) {
      const answer = await authority.respondOcsp(requestInPath(request))
      if (answer?.lasting !== undefined) addCachingHeaders(response, answer.der, answer.lasting)
      sendAnswer(response, answer)
    },
  },
  {
    method: 'post',
    path: '/ocsp',
    async handle(request, response, { authority }) {
      sendAnswer(response, await authority.respondOcsp(await readOctets(request)))
    },
  },
]

function sendAnswer(response: ServerResponse, answer: OcspAnswer | undefined): void {
  if (answer === undefined) return sendNotFound(response)
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store')
  sendBody(response, 200, mediaType, answer.der)
}

/** Base64 may hold slashes, also two in a row, with or without escapes: the path as it was sent. No request if it is none. */
function requestInPath({ url = '' }: IncomingMessage): Uint8Array {
  const [path = ''] = url.split('?', 1)
  const encoded = path.slice(path.indexOf('/ocsp/') + '/ocsp/'.length)
  if (encoded.length > maximumEncoded) return new Uint8Array()
  try {
    return Buffer.from(decodeURIComponent(encoded), 'base64')
  } catch {
    return new Uint8Array()
  }
}

/** RFC 5019 §6.2. The authority gives an answer again until half of its time is over: that much is left at least. */
function addCachingHeaders(
  response: ServerResponse,
  der: Uint8Array,
  { thisUpdate, nextUpdate }: NonNullable<OcspAnswer['lasting']>,
): void {
  const seconds = Math.floor((nextUpdate - thisUpdate) / 2000)
  response.setHeader('Last-Modified', new Date(thisUpdate).toUTCString())
  response.setHeader('Expires', new Date(nextUpdate).toUTCString())
  response.setHeader('ETag', `"${sha256Hex(der)}"`)
  response.setHeader('Cache-Control', `max-age=${seconds}, public, no-transform, must-revalidate`)
}
