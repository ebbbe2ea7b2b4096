/** Where a text of step-ca's is shown: in a recording, or in a row of `src/http/README.md` that says why ours differs. */
export type Shown = 'recorded' | { readonly row: string }

/** What step-ca's protocol is known to say, by section of the fact sheet that the cases follow. */
export type DocumentedText = { readonly section: string; readonly text: string; readonly where: Shown }

const recorded = (section: string, texts: readonly string[]): DocumentedText[] =>
  texts.map((text) => ({ section, text, where: 'recorded' }))
const differing = (section: string, row: string, texts: readonly string[]): DocumentedText[] =>
  texts.map((text) => ({ section, text, where: { row } }))

const notServed = '`/ssh/*` `/acme/*` `/2.0/*`'

/**
 * Texts of answers about X.509, with the parts that change left out; those of SSH, ACME and SCEP where the same code says them.
 * Not among them is the 400 of §1.2 without a reason (`malformed or missing data`), which no endpoint of X.509 gives.
 */
export const documentedTexts: readonly DocumentedText[] = [
  ...recorded('1.1', ['404 page not found']),
  ...recorded('1.2', [
    'The request could not be completed: ',
    'The request was forbidden by the certificate authority: ',
    'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.',
    'The requested resource could not be found. Please see the certificate authority logs for more info.',
    'The certificate authority encountered an Internal Server Error. Please see the certificate authority logs for more info.',
    'The requested method is not implemented by the certificate authority. Please see the certificate authority logs for more info.',
  ]),
  ...recorded('1.3', [
    'root certificate with fingerprint "abcd" was not found',
    'error decoding json',
    'missing csr',
    'invalid csr',
    'missing ott',
    'missing client certificate',
    'missing serial',
    "'x' is not a valid serial number - use a base 10 representation or a base 16 representation with '0x' prefix",
    'reasonCode out of bounds',
    'missing ott or client certificate',
    'request serial number "1001" and token subject "1002" do not match',
    'request serial number "1003" and certificate serial number',
    "certificate with serial number '1001' is already revoked",
    "The certificate authority received an unexpected HTTP status code - '404'.",
  ]),
  ...recorded('1.4', ["limit 'x' is not an integer", 'Uninitialized', 'stateReason']),
  ...recorded('2.3', ['is disabled due to an initialization error', 'token flow is not supported']),
  ...recorded('2.4', [
    'certificate request fingerprint does not match "AAAA"',
    'certificate request does not contain the valid common name - got db.test, want ',
    'certificate request does not contain the valid DNS names - got [db.test], want [web.test]',
    'certificate request does not contain the valid IP addresses - got [10.0.0.1], want []',
    'certificate request does not contain the valid email addresses - got [a@b.test], want []',
    'certificate request does not contain the valid URIs - got [spiffe://a/b], want []',
    'certificate request RSA key must be at least 2048 bits (256 bytes)',
  ]),
  ...differing('2.4', notServed, [
    'ssh certificate type does not match - got …, want …',
    'ssh certificate principals does not match - got …, want …',
    'ssh certificate validAfter does not match - got …, want …',
    'ssh certificate validBefore does not match - got …, want …',
  ]),
  ...recorded('2.5', [
    'is before the active validity window of the provisioning credential',
    'is after the expiration of the provisioning credential',
  ]),
  ...differing('2.7', 'K8sSA without `publicKeys`: `Uninitialized`', [
    'K8s Service Account provisioner cannot be initialized without pub keys',
  ]),
  ...differing('2.6', notServed, ['sshpop certificate must be a host ssh certificate']),
  ...recorded('2.10', [
    'error validating renew token',
    'error validating renew token: invalid subject claim (sub)',
    'error validating renew token: token not valid yet (nbf)',
    'error validating renew token: token is expired (exp)',
    'error validating renew token: token issued in the future (iat)',
    'error validating renew token: invalid audience claim (aud)',
    'The request lacked necessary authorization to be completed: certificate expired on (time)',
  ]),
  ...recorded('3', [
    'notAfter cannot be in the past; na=(time)',
    'notAfter cannot be before notBefore; ',
    'is less than the authorized minimum certificate duration of 5m0s',
    'is more than the authorized maximum certificate duration of 24h1m0s',
  ]),
  ...differing('3', notServed, [
    'requested duration of … is less than minimum accepted duration for selected provisioner of …',
    'requested duration of … is greater than maximum accepted duration for selected provisioner of …',
  ]),
  ...recorded('4.1', ['dns name "db.test" not allowed']),
  ...recorded('4.4', ['no certificates on Sundays', 'error applying certificate template']),
  ...differing('4.5', notServed, ['cannot force common name, DNS names is empty']),
]
