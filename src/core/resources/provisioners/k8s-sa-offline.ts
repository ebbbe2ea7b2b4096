import { flag, group, httpUrl, optional, pemCertificates, text, trustDomain } from '../schema.ts'

/** `signet.offline` of ca.json, with PEM as it is. */
export const offlineSchema = group(
  {
    issuer: text({
      description: 'The iss of the tokens: --service-account-issuer of that API server. Required, no default.',
      minLength: 1,
      maxLength: 512,
    }),
    trustDomain: trustDomain({
      description:
        'SPIFFE trust domain of the identities. Required, no default. It says which cluster they are of, so each cluster needs its own; where it is that of the Authority, CertificatePolicies count.',
    }),
    jwksURL: optional(
      httpUrl({
        description:
          'Where that cluster publishes its keys, with https, such as https://<API server>/openid/v1/jwks. Default: publicKeys, else what the document of the issuer says.',
      }),
    ),
    roots: optional(
      pemCertificates({
        description:
          'Certificates that are trusted there beside the public ones, PEM: the CA of that cluster. Default: none.',
      }),
    ),
    allowUnbound: optional(
      flag({
        description: 'True: tokens that are bound to no pod (kubectl create token) count as well. Default: false.',
      }),
    ),
  },
  {
    description:
      'Projected tokens of another cluster, verified by its keys and not by its API server: nobody asks whether the pod still lives. Default: none; tokens of this cluster are reviewed by its API server.',
  },
)
