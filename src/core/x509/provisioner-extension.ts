import { utf8Bytes } from '../bytes.ts'
import * as der from '../der/writer.ts'
import type { Extension } from './extensions.ts'
import { extensionOids } from './oids.ts'

/** Who let a certificate be issued, as step-ca writes it into every leaf. */
export type ProvisionerExtension = {
  /** step's number of the kind: 1 JWK, 2 OIDC, 3 GCP, 4 AWS, 5 Azure, 6 ACME, 7 X5C, 8 K8sSA, 9 SSHPOP, 10 SCEP, 11 Nebula. */
  readonly type: number
  readonly name: string
  /** JWK: the key's id; OIDC: the client id; empty for the kinds that have none. */
  readonly credentialId: string
  readonly keyValuePairs: readonly string[]
}

/** The extension, not critical: SEQUENCE { INTEGER, OCTET STRING, OCTET STRING, SEQUENCE OF string OPTIONAL }. */
export function encodeProvisionerExtension(provisioner: ProvisionerExtension): Extension {
  const pairs = provisioner.keyValuePairs.map(der.directoryString)
  const value = der.sequence(
    der.integer(provisioner.type),
    der.octetString(utf8Bytes(provisioner.name)),
    der.octetString(utf8Bytes(provisioner.credentialId)),
    ...(pairs.length > 0 ? [der.sequence(...pairs)] : []),
  )
  return { oid: extensionOids.provisioner, critical: false, value }
}
