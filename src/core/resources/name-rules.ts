import type { Static } from 'typebox'
import { flag, group, list, optional, text } from './schema.ts'

const noDefault = 'Default: no rule of this kind.'

const rules = (item: string, description: string) =>
  optional(
    list(text({ description: item, minLength: 1, maxLength: 253 }), {
      description: `${description} ${noDefault}`,
      minItems: 1,
      maxItems: 64,
    }),
  )

const listOfRules = (description: string) =>
  optional(
    group(
      {
        dns: rules('A domain.', 'DNS names: example.com is that name, *.example.com each name with one label more.'),
        ip: rules('An address or a range.', 'IP addresses: 10.0.0.1 or, as CIDR, 10.0.0.0/8.'),
        email: rules(
          'An address or a domain.',
          'E-mail addresses: you@example.com is that one, @example.com each of it.',
        ),
        uri: rules('A host.', 'URIs, by their host: example.com, or *.example.com for one label more.'),
        cn: rules('A common name.', 'Common names that are no name of the other kinds, letter by letter.'),
      },
      {
        description,
        rules: [
          {
            rule: '[has(self.dns), has(self.ip), has(self.email), has(self.uri), has(self.cn)].exists(x, x)',
            message: 'at least one of dns, ip, email, uri and cn must be set',
          },
        ],
      },
    ),
  )

/** step's rules about names, as `options.x509` of a provisioner and `authority.policy.x509` of ca.json have them. */
export const nameRules = {
  allow: listOfRules(
    'Names that certificates may have; with any rule here each name needs one, whatever its kind. Default: any name.',
  ),
  deny: listOfRules('Names that certificates may not have, whatever allow says. Default: none.'),
  allowWildcardNames: optional(
    flag({
      description:
        'True: names such as *.example.com are allowed where the rules let them. Default: false; without any rule it says nothing.',
    }),
  ),
}

export const namePolicySchema = group(nameRules, {
  description:
    'Rules about names in X.509 certificates. No default. Certificates of pods have a URI by whose host, the trust domain, they are judged too: with any rule in allow they need one for it.',
})

/** step's policy of names. */
export type NamePolicy = Static<typeof namePolicySchema>
