import { choice, group, optional, text } from '../schema.ts'

const member = (description: string, maxLength: number) =>
  optional(text({ description, maxLength, minLength: 1, pattern: '^[A-Za-z0-9_-]+$' }))

export const jwkSchema = group(
  {
    key: group(
      {
        kty: choice(['EC', 'RSA', 'OKP'], { description: 'Kind of key (RFC 7517 §4.1). No default.' }),
        kid: text({
          description: 'Id of the key; tokens name it in their header. No default.',
          minLength: 1,
          maxLength: 256,
        }),
        use: optional(choice(['sig'], { description: 'What the key is for. Default: not said; sig is the only use.' })),
        alg: optional(
          choice(['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'], {
            description: 'Algorithm that tokens must be signed with. Default: any that fits the key.',
          }),
        ),
        crv: optional(
          choice(['P-256', 'P-384', 'P-521', 'Ed25519'], { description: 'Curve of an EC or OKP key. No default.' }),
        ),
        x: member('First coordinate of an EC key, or the OKP key, base64url. No default.', 128),
        y: member('Second coordinate of an EC key, base64url. No default.', 128),
        n: member('Modulus of an RSA key, base64url. No default.', 1024),
        e: member('Exponent of an RSA key, base64url. No default.', 16),
      },
      {
        description:
          'The public key that verifies tokens, as a JWK. No default. There is no field for a private part: it is refused.',
        rules: [
          {
            rule: "self.kty != 'EC' || (has(self.crv) && has(self.x) && has(self.y))",
            message: 'an EC key needs crv, x and y',
          },
          { rule: "self.kty != 'RSA' || (has(self.n) && has(self.e))", message: 'an RSA key needs n and e' },
          { rule: "self.kty != 'OKP' || (has(self.crv) && has(self.x))", message: 'an OKP key needs crv and x' },
        ],
      },
    ),
    encryptedKey: optional(
      text({
        description:
          'The private key encrypted with a password, compact JWE, served to whoever wants to make tokens with that password. Default: none; tokens are made elsewhere.',
        maxLength: 8192,
        pattern: String.raw`^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`,
      }),
    ),
  },
  {
    description:
      'Fields of type JWK: tokens signed with one key, as step ca token makes them. Required for that type, forbidden for others.',
  },
)
