import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certificate, CertificateSpec } from '../../../src/core/resources/index.ts'
import type { Kubectl } from '../harness/kubectl.ts'

/** What a test says of a Certificate; the API server fills in the rest. */
export type WantedSpec = Partial<Omit<CertificateSpec, 'privateKey'>> & {
  secretName: string
  privateKey?: Partial<CertificateSpec['privateKey']>
}

export function certificateManifest(namespace: string, name: string, spec: WantedSpec): object {
  return { apiVersion: 'signet.dev/v1', kind: 'Certificate', metadata: { name, namespace }, spec }
}

export const getCertificate = (kubectl: Kubectl, namespace: string, name: string): Promise<Certificate> =>
  kubectl.get<Certificate>('certificates.signet.dev', name, '-n', namespace)

/** The Certificate as soon as it is Ready for its present spec and, if given, another certificate than `before`. */
export function readyCertificate(
  kubectl: Kubectl,
  namespace: string,
  name: string,
  before?: string,
): Promise<Certificate> {
  return kubectl.eventually(namespace, `Certificate ${name} Ready`, 20_000, async () => {
    const certificate = await getCertificate(kubectl, namespace, name)
    const { status, metadata } = certificate
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    const current = ready?.status === 'True' && ready.observedGeneration === metadata.generation
    return current && status?.serialNumber !== before ? certificate : undefined
  })
}

/** The Certificate as soon as its Ready condition has this reason. */
export function certificateWithReason(
  kubectl: Kubectl,
  namespace: string,
  name: string,
  reason: string,
): Promise<Certificate> {
  return kubectl.eventually(namespace, `Certificate ${name} with reason ${reason}`, 20_000, async () => {
    const certificate = await getCertificate(kubectl, namespace, name)
    return certificate.status?.conditions?.[0]?.reason === reason ? certificate : undefined
  })
}

export type TlsSecret = { metadata: { resourceVersion: string }; type: string; data: Record<string, string> }

export const getSecret = (kubectl: Kubectl, namespace: string, name: string): Promise<TlsSecret> =>
  kubectl.get<TlsSecret>('secret', name, '-n', namespace)

/** What openssl says of the contents of a TLS Secret, with its own verification of chain, key and name. */
export function inspectWithOpenssl({ data }: TlsSecret, host: string): { serial: string; text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'signet-secret-'))
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' })
  try {
    for (const name of ['tls.crt', 'tls.key', 'ca.crt']) {
      writeFileSync(join(folder, name), Buffer.from(data[name] ?? '', 'base64'))
    }
    // The chain file serves twice: its first certificate is the leaf, the rest are what leads to the root.
    const purpose = ['-purpose', 'sslserver', '-verify_hostname', host]
    openssl('verify', '-CAfile', 'ca.crt', '-untrusted', 'tls.crt', ...purpose, 'tls.crt')
    const ofCertificate = openssl('x509', '-in', 'tls.crt', '-noout', '-pubkey')
    const ofKey = openssl('pkey', '-in', 'tls.key', '-pubout')
    if (ofCertificate !== ofKey) throw new Error('tls.key is not the key of tls.crt')
    const serial = openssl('x509', '-in', 'tls.crt', '-noout', '-serial').trim().replace('serial=', '')
    return { serial: BigInt(`0x${serial}`).toString(), text: openssl('x509', '-in', 'tls.crt', '-noout', '-text') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
