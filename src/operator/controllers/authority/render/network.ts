import type { Manifest } from '../../../manifest.ts'
import { authorityPorts } from '../../../names.ts'
import { ownedMetadata, selectorOf, servesPlainly, type RenderContext } from './context.ts'

/** The Service that clients use: 443 for the certificate API, 9090 for metrics and health, 80 for what needs no TLS. */
export function renderService(context: RenderContext): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMetadata(context),
    spec: {
      selector: selectorOf(context.authority.metadata.name),
      ports: [
        { name: 'https', port: 443, targetPort: 'https', protocol: 'TCP', appProtocol: 'https' },
        ...plain(context, { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' }),
        { name: 'metrics', port: authorityPorts.metrics, targetPort: 'metrics', protocol: 'TCP', appProtocol: 'http' },
      ],
    },
  }
}

/**
 * Who may reach an authority: everyone its certificate API, which authenticates each request, and what it says of revoked
 * certificates; its metrics and health only pods of this cluster, such as the operator and a metrics collector.
 */
export function renderNetworkPolicy(context: RenderContext): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ownedMetadata(context),
    spec: {
      podSelector: { matchLabels: selectorOf(context.authority.metadata.name) },
      policyTypes: ['Ingress'],
      ingress: [
        { ports: [{ port: authorityPorts.https, protocol: 'TCP' }] },
        ...plain(context, { ports: [{ port: authorityPorts.http, protocol: 'TCP' }] }),
        { ports: [{ port: authorityPorts.metrics, protocol: 'TCP' }], from: [{ namespaceSelector: {} }] },
      ],
    },
  }
}

function plain<T>({ authority }: RenderContext, port: T): T[] {
  return servesPlainly(authority) ? [port] : []
}
