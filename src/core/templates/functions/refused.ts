import { refusal, type TemplateFunction } from '../engine/functions-api.ts'

const keys = 'keys and certificates are not made by templates'
const passwords = 'it takes longer than a request may, and has no place in a certificate'
const secrets = 'secrets do not belong into certificates'

/** What step has and Signet has not. */
export const refusedFunctions: readonly TemplateFunction[] = [
  refusal('getHostByName', 'templates do not reach the network'),
  refusal('bcrypt', passwords),
  refusal('htpasswd', passwords),
  refusal('derivePassword', passwords),
  refusal('genPrivateKey', keys),
  refusal('buildCustomCert', keys),
  refusal('genCA', keys),
  refusal('genCAWithKey', keys),
  refusal('genSelfSignedCert', keys),
  refusal('genSelfSignedCertWithKey', keys),
  refusal('genSignedCert', keys),
  refusal('genSignedCertWithKey', keys),
  refusal('encryptAES', secrets),
  refusal('decryptAES', secrets),
]
