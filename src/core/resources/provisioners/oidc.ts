import { flag, group, httpUrl, list, optional, text } from '../schema.ts'
import { texts } from './texts.ts'

export const oidcSchema = group(
  {
    clientID: text({
      description: 'The id of this authority at the provider; one Provisioner for each. Required, no default.',
      minLength: 1,
      maxLength: 256,
    }),
    clientSecret: optional(
      text({
        description:
          'The secret that step needs to log in. Default: empty. It is no secret: everyone who can reach the authority reads it in /provisioners, so use a client for native applications.',
        maxLength: 256,
      }),
    ),
    configurationEndpoint: httpUrl({
      description:
        'URL of the document of the provider; /.well-known/openid-configuration is added where it is missing. Required, no default. It is asked for when the first token comes.',
    }),
    tenantID: optional(
      text({
        description: 'What stands for {tenantid} in the issuer (Microsoft). Default: none.',
        minLength: 1,
        maxLength: 256,
      }),
    ),
    admins: optional(
      texts('An e-mail address or a group.', {
        description: 'E-mail addresses and groups of those who may have any names, and revoke. Default: nobody.',
      }),
    ),
    domains: optional(
      texts('A domain.', {
        description:
          'Domains of addresses that may log in; admins and tokens without an address need not be of one. Default: any.',
      }),
    ),
    groups: optional(
      texts('A group.', {
        description: 'Groups, by the claim groups, of which everyone, admins too, must be in one. Default: any.',
      }),
    ),
    listenAddress: optional(
      text({
        description: 'Where step waits for the browser to come back, host:port, such as :10000. Default: any port.',
        minLength: 1,
        maxLength: 256,
        pattern: '^[^ ]*:[0-9]{1,5}$',
      }),
    ),
    scopes: optional(
      texts('A scope.', { description: 'Scopes that step asks for. Default: openid and email.', maxItems: 16 }),
    ),
    authParams: optional(
      list(text({ description: 'A parameter, key=value.', minLength: 1, maxLength: 256, pattern: '^[^=]+=' }), {
        description: 'Parameters that step adds to the login. Default: none.',
        minItems: 1,
        maxItems: 16,
      }),
    ),
    requireVerifiedEmail: flag({
      description:
        'True: a token with an address that the provider does not call verified (email_verified) is refused. Default: false, as in step-ca. Set it before you trust in admins or domains where anyone can register any address.',
      default: false,
    }),
  },
  {
    description:
      'Fields of type OIDC: ID tokens of an OpenID provider, for people. Required for that type, forbidden for others.',
  },
)
