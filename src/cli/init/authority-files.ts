import { join } from 'node:path'
import { defaultTlsSettings } from '../../config/tls-settings.ts'
import { parseAddress } from '../../core/address.ts'
import type { Clock, Random } from '../../core/clock.ts'
import type { Certificate } from '../../core/x509/certificate.ts'
import {
  authorityLifetime,
  authoritySubject,
  createIntermediateCertificate,
  createRootCertificate,
} from '../../core/x509/certificate-authority.ts'
import { certificatesToPem } from '../../core/x509/certificate.ts'
import { encryptPrivateKey, generateKeyPair } from '../../core/x509/private-key.ts'
import { randomSerial } from '../../core/x509/serial.ts'
import { makeProvisionerKey, type ProvisionerKey } from './provisioner-key.ts'

export type InitOptions = {
  readonly name: string
  readonly dnsNames: readonly string[]
  readonly address: string
  readonly provisioner: string
  readonly password: string
  readonly provisionerPassword: string
}

export type NewFile = { readonly path: string; readonly mode: number; readonly content: string }

/** Where everything is below step's folder. */
export type AuthorityPaths = ReturnType<typeof authorityPaths>

export function authorityPaths(folder: string) {
  return {
    folders: [folder, ...['config', 'templates', 'secrets', 'certs', 'db'].map((name) => join(folder, name))],
    rootCertificate: join(folder, 'certs', 'root_ca.crt'),
    rootKey: join(folder, 'secrets', 'root_ca_key'),
    intermediateCertificate: join(folder, 'certs', 'intermediate_ca.crt'),
    intermediateKey: join(folder, 'secrets', 'intermediate_ca_key'),
    database: join(folder, 'db'),
    defaults: join(folder, 'config', 'defaults.json'),
    config: join(folder, 'config', 'ca.json'),
  } as const
}

export type AuthorityKeys = {
  readonly root: Certificate
  readonly files: readonly NewFile[]
}

/** A new root and intermediate, P-256, for ten years, with their keys under the password: the files, not yet written. */
export async function makeAuthorityKeys(
  { name, password }: InitOptions,
  paths: AuthorityPaths,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<AuthorityKeys> {
  const [rootKey, intermediateKey] = await Promise.all([generateKeyPair('EC-P256'), generateKeyPair('EC-P256')])
  const notBefore = clock.now()
  const period = { notBefore, notAfter: notBefore + authorityLifetime }
  const root = createRootCertificate({
    subject: authoritySubject(name, 'Root'),
    serial: randomSerial(random),
    ...period,
    privateKey: rootKey.privateKey,
  })
  const intermediate = createIntermediateCertificate({
    subject: authoritySubject(name, 'Intermediate'),
    serial: randomSerial(random),
    ...period,
    spki: intermediateKey.publicKey.export({ type: 'spki', format: 'der' }),
    issuer: root,
    issuerKey: rootKey.privateKey,
  })
  const secret = (path: string, content: string): NewFile => ({ path, mode: 0o600, content })
  return {
    root,
    files: [
      secret(paths.rootCertificate, certificatesToPem(root)),
      secret(paths.rootKey, encryptPrivateKey(rootKey.privateKey, password, random)),
      secret(paths.intermediateCertificate, certificatesToPem(intermediate)),
      secret(paths.intermediateKey, encryptPrivateKey(intermediateKey.privateKey, password, random)),
    ],
  }
}

/** ca.json and defaults.json, as step writes them. */
export async function makeConfiguration(
  options: InitOptions,
  paths: AuthorityPaths,
  fingerprint: string,
): Promise<readonly NewFile[]> {
  const key = await makeProvisionerKey(options.provisionerPassword)
  const defaults = {
    'ca-url': caUrl(options),
    'ca-config': paths.config,
    fingerprint,
    root: paths.rootCertificate,
  }
  const open = (path: string, value: object): NewFile => ({
    path,
    mode: 0o644,
    content: JSON.stringify(value, null, '\t'),
  })
  return [open(paths.config, caJson(options, paths, key)), open(paths.defaults, defaults)]
}

function caJson({ address, dnsNames, provisioner }: InitOptions, paths: AuthorityPaths, key: ProvisionerKey): object {
  return {
    root: paths.rootCertificate,
    federatedRoots: null,
    crt: paths.intermediateCertificate,
    key: paths.intermediateKey,
    address,
    insecureAddress: '',
    dnsNames,
    logger: { format: 'json' },
    // So that the file starts step-ca as well; `signet authority` makes a SQLite file in that folder.
    db: { type: 'badgerv2', dataSource: paths.database, badgerFileLoadingMode: '' },
    authority: { provisioners: [{ type: 'JWK', name: provisioner, ...key }] },
    tls: defaultTlsSettings,
  }
}

function caUrl({ address, dnsNames }: InitOptions): string {
  const { port } = parseAddress(address)
  const host = dnsNames[0]?.includes(':') ? `[${dnsNames[0]}]` : dnsNames[0]
  return port === 443 ? `https://${host}` : `https://${host}:${port}`
}
