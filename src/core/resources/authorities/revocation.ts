import { between, comparison, duration, flag, group, httpUrl, list, optional, type Rule } from '../schema.ts'

const enabled = flag({ description: 'True: they are served. Required, no default.' })
const plainly =
  'Served by HTTPS, and by plain HTTP on port 80 of the Service, which is open while lists or OCSP are on; the pod is made anew for it.'

/** `crl` of ca.json. */
export const crlSchema = group(
  {
    enabled,
    generateOnRevoke: flag({
      description:
        'True: a new list is made at each revocation. Default: true. With false, a revocation is seen when the next list is due.',
      default: true,
    }),
    cacheDuration: duration({
      description: 'How long a list is good for, Go duration. Default: 24h.',
      default: '24h',
    }),
    renewPeriod: optional(
      duration({
        description: 'After how long the next list is made, Go duration. Default: two thirds of cacheDuration.',
      }),
    ),
    idpURL: optional(
      httpUrl({
        description:
          'URL of the list that the list itself names. Default: the first of urls.crl, else https://<name>.<namespace>.svc/1.0/crl.',
      }),
    ),
  },
  {
    description: `Lists of revoked certificates, at /crl. ${plainly} Default: none.`,
    rules: [comparison('renewPeriod', '<=', 'cacheDuration')],
  },
)

/** `signet.ocsp` of ca.json. */
export const ocspSchema = group(
  {
    enabled,
    validity: duration({
      description: 'How long an answer is good for, Go duration, from 1m to 12h. Default: 1h.',
      default: '1h',
    }),
  },
  {
    description: `Answers about single certificates by OCSP, at /ocsp. ${plainly} Default: none.`,
    rules: [between('validity', '1m', '12h')],
  },
)

const urls = (what: string) =>
  optional(
    list(httpUrl({ description: 'A URL.' }), { description: `${what} Default: none.`, minItems: 1, maxItems: 8 }),
  )

/** `signet.urls` of ca.json. */
export const urlsSchema = group(
  {
    ocsp: urls('Where to ask about it by OCSP, such as http://<name>.<namespace>.svc/ocsp.'),
    issuer: urls('Where the certificate of the intermediate is to be found, in DER.'),
    crl: urls('Where the list of revoked certificates is to be found, such as http://<name>.<namespace>.svc/crl.'),
  },
  {
    description:
      'What new certificates say of where to ask about them. Default: nothing. They say it for as long as they live: who verifies them has to reach these URLs.',
  },
)

/** Who verifies a certificate takes the list only if the two agree (RFC 5280 §6.3.3). */
export const sameListUrl: Rule = {
  rule: '!has(self.crl) || !has(self.crl.idpURL) || !has(self.urls) || !has(self.urls.crl) || self.crl.idpURL in self.urls.crl',
  message: 'must have an idpURL that is one of urls.crl: verifiers compare the two',
  fieldPath: '.crl',
}
