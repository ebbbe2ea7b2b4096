import { flag, group, integer, listBy, namespaceName, objectName, optional, text } from '../schema.ts'
import { offlineSchema } from './k8s-sa-offline.ts'

export const k8sSASchema = group(
  {
    delegates: listBy(
      ['namespace', 'serviceAccount'],
      group(
        {
          namespace: namespaceName({ description: 'Namespace of the service account. No default.' }),
          serviceAccount: objectName({ description: 'Name of the service account. No default.' }),
        },
        { description: 'A service account that may ask on behalf of Certificates.' },
      ),
      {
        description:
          'Service accounts that may have certificates issued for Certificate resources, with exactly what those ask for. Default: none; the Provisioner that Signet makes names its own operator.',
        maxItems: 16,
        default: [],
      },
    ),
    requireSourceAddress: flag({
      description:
        'True: a token counts only on a connection from one of the IPs of its pod. Default: false, because some networks rewrite addresses.',
      default: false,
    }),
    usesPerPodPerMinute: integer({
      description:
        'How many requests one pod may make in a minute. Default: 10. Further ones are refused until the minute is over.',
      minimum: 1,
      maximum: 1000,
      default: 10,
    }),
    offline: optional(offlineSchema),
    publicKeys: optional(
      text({
        description:
          'Public keys of the cluster that signs the tokens (sa.pub), PEM, for offline and legacyTokens. Default: none.',
        maxLength: 16_384,
        rules: [{ rule: "self.contains('-----BEGIN ')", message: 'must be PEM with at least one public key' }],
      }),
    ),
    legacyTokens: optional(
      flag({
        description:
          'True: old tokens of Secrets, signed by publicKeys and bound to nothing, count as well, and get whatever their CSR asks for. Default: false. Whoever ever got hold of one may then have any certificate; at most one Provisioner of an Authority may have it.',
      }),
    ),
  },
  {
    description:
      'Fields of type K8sSA: projected tokens of Kubernetes service accounts, bound to a pod. Required for that type, forbidden for others.',
    rules: [
      {
        rule: '!has(self.publicKeys) || has(self.offline) || (has(self.legacyTokens) && self.legacyTokens)',
        message: 'must be set for offline or legacyTokens only: nothing else is verified by them',
        fieldPath: '.publicKeys',
      },
      {
        rule: '!has(self.legacyTokens) || !self.legacyTokens || has(self.publicKeys)',
        message: 'must be set together with publicKeys',
        fieldPath: '.legacyTokens',
      },
      {
        rule: '!has(self.offline) || ((!has(self.delegates) || self.delegates.size() == 0) && (!has(self.requireSourceAddress) || !self.requireSourceAddress))',
        message: 'must not be set together with delegates or requireSourceAddress, which need an API server',
        fieldPath: '.offline',
      },
    ],
  },
)
