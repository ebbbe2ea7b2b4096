import { nameRules } from '../name-rules.ts'
import { freeObject, group, optional, text } from '../schema.ts'

/** `options.x509` of step's provisioners, for every type. */
export const x509OptionsSchema = group(
  {
    template: optional(
      text({
        description:
          'What certificates look like: JSON, or a Go text/template that makes JSON, in the terms of step (subject, sans, keyUsage and so on). Default: that of the type. Names, CA flag, usages and subject that it makes are judged by CertificatePolicies like all others.',
        maxLength: 65_536,
        rules: [{ rule: "self.startsWith('{')", message: 'must be JSON or a template of JSON, which begins with {' }],
      }),
    ),
    templateData: optional(
      freeObject({
        description:
          'Values for the template, any JSON: {{ .team }} is the member team. Default: none. Without a template it says nothing. Everyone who can reach the authority can read template and values.',
        maxProperties: 64,
      }),
    ),
    ...nameRules,
  },
  {
    description:
      'What certificates that are issued through this look like, and which names they may have. Default: as the type has it, and names as the Authority and CertificatePolicies allow.',
  },
)
