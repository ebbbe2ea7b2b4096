import { sha256Hex, utf8Bytes } from '../../../../core/bytes.ts'
import type { Authority } from '../../../../core/resources/index.ts'
import type { Manifest } from '../../../manifest.ts'
import { authorityObjects, authorityPorts } from '../../../names.ts'
import { dnsNamesOf, type ProvisionerSettings } from '../../../provisioner-settings.ts'
import { labelsOf, servesPlainly } from './context.ts'
import { authorityPaths } from './stateful-set.ts'

/** Key of the Secret under which the authority finds its configuration. */
export const configKey = 'ca.json'

export type AuthorityConfig = {
  /** Names this configuration; the authority reports it when it has loaded it. 16 hex digits. */
  readonly generation: string
  /** Text of ca.json. */
  readonly text: string
}

/** ca.json in step's form, ours under `signet`. Equal resources give the same text, and so the same generation. */
export function renderConfig(
  authority: Authority,
  provisioners: readonly ProvisionerSettings[],
  namespace: string,
): AuthorityConfig {
  const { claims, policy, trustDomain, clusterDomain, ocsp, urls, admin } = authority.spec
  const { intermediate, data } = authorityPaths
  const valid = provisioners.flatMap((settings) => (settings.valid ? [settings.json] : []))
  const config = {
    root: `${intermediate}/ca.crt`,
    crt: `${intermediate}/tls.crt`,
    key: `${intermediate}/tls.key`,
    address: `:${authorityPorts.https}`,
    ...(servesPlainly(authority) && { insecureAddress: `:${authorityPorts.http}` }),
    metricsAddress: `:${authorityPorts.metrics}`,
    dnsNames: dnsNamesOf(authority, namespace),
    db: { type: 'sqlite', dataSource: `${data}/db.sqlite` },
    authority: {
      provisioners: valid,
      ...(claims !== undefined && { claims }),
      ...(policy !== undefined && { policy }),
    },
    ...renderCrl(authority),
    signet: {
      kubernetes: {
        trustDomain,
        clusterDomain,
        namespace,
        authority: authority.metadata.name,
        ...(admin !== undefined && { admin }),
      },
      ...(ocsp !== undefined && { ocsp }),
      ...(urls !== undefined && { urls }),
    },
  }
  const generation = sha256Hex(utf8Bytes(JSON.stringify(config))).slice(0, 16)
  return { generation, text: JSON.stringify({ ...config, signet: { generation, ...config.signet } }, undefined, 2) }
}

/** What certificates say of the list, the list has to say too. */
function renderCrl({ spec: { crl, urls } }: Authority): object {
  if (crl === undefined) return {}
  const idpURL = crl.idpURL ?? urls?.crl?.[0]
  return { crl: { ...crl, ...(idpURL !== undefined && { idpURL }) } }
}

/** The Secret that the authority watches. It outlives the Authority, as the other two do. */
export function renderConfigSecret(authority: Authority, namespace: string, { text }: AuthorityConfig): Manifest {
  const { name } = authority.metadata
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name: authorityObjects(name).config, namespace, labels: labelsOf(name) },
    data: { [configKey]: Buffer.from(text, 'utf8').toString('base64') },
  }
}
