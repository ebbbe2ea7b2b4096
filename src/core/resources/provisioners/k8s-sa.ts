import { flag, group, integer, listBy, namespaceName, objectName } from '../schema.ts'

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
  },
  {
    description:
      'Fields of type K8sSA: projected tokens of Kubernetes service accounts, bound to a pod. Required for that type, forbidden for others.',
  },
)
