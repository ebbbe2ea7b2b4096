import { encodePem } from '../../core/pem.ts'
import { sendBody, sendError, type Route } from './route.ts'

/** The revocation list, with step-ca's headers: `pem` in the query, whatever its value, asks for PEM. */
export const crlRoute: Route = {
  method: 'get',
  path: '/crl',
  async handle(request, response, { authority }) {
    const crl = await authority.currentCrl()
    if (crl === undefined) return sendError(response, { status: 404, message: disabled })
    const { der, nextUpdate } = crl
    response.setHeader('Expires', goRfc1123(nextUpdate))
    const [, query = ''] = /\?(.*)$/.exec(request.url ?? '') ?? []
    if (new URLSearchParams(query).has('pem')) {
      response.setHeader('Content-Disposition', 'attachment; filename="crl.pem"')
      sendBody(response, 200, 'application/x-pem-file', encodePem('X509 CRL', der))
    } else {
      response.setHeader('Content-Disposition', 'attachment; filename="crl.crl"')
      sendBody(response, 200, 'application/pkix-crl', der)
    }
  },
}

/** step-ca's words, which it has for codes that it did not think of. */
const disabled =
  "The certificate authority received an unexpected HTTP status code - '404'. Please see the certificate authority logs for more info."

/** Go writes the zone UTC where HTTP has GMT (RFC 9110 §5.6.7): caches take such a list for stale and ask again. */
function goRfc1123(milliseconds: number): string {
  return new Date(milliseconds).toUTCString().replace('GMT', 'UTC')
}
