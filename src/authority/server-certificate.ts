import type { KeyObject } from 'node:crypto'
import { parseDuration } from '../core/duration.ts'
import { typeNames } from '../core/names/parse.ts'
import { namesToJson, readCertificateJson } from '../core/templates/certificate-json.ts'
import { leafTemplate, renderTemplate } from '../core/templates/template.ts'
import { wholeSeconds } from '../core/instant.ts'
import { createName } from '../core/x509/name.ts'
import { generateKeyPair } from '../core/x509/private-key.ts'
import { randomSerial } from '../core/x509/serial.ts'
import { leafUsages } from '../core/x509/usages.ts'
import type { Snapshot } from './config.ts'
import { issueX509, type IssuedX509 } from './issue-x509.ts'
import type { SignPorts } from './sign-x509.ts'

/** The key lives in memory only and is made anew for each certificate, as in step-ca. */
export type ServerCertificate = IssuedX509 & { readonly privateKey: KeyObject }

const life = parseDuration('24h')
const keyAlgorithm = 'EC-P256'
const rule = 'authority'

/** The authority's own certificate for TLS: its names, 24 hours; recorded like every other. */
export async function issueServerCertificate(
  snapshot: Snapshot,
  ports: Pick<SignPorts, 'store' | 'clock' | 'random'>,
): Promise<ServerCertificate> {
  const { publicKey, privateKey } = await generateKeyPair(keyAlgorithm)
  const { commonName, dnsNames, backdate, issuer } = snapshot.config
  const rendered = readCertificateJson(
    renderTemplate(leafTemplate, {
      Subject: { commonName },
      SANs: namesToJson(typeNames(dnsNames)),
      KeyUsage: leafUsages(keyAlgorithm).keyUsage,
      ExtKeyUsage: null,
      BasicConstraints: null,
    }),
  )
  const now = ports.clock.now()
  const content = {
    ...rendered,
    serial: randomSerial(ports.random),
    subject: createName(rendered.subject),
    spki: publicKey.export({ type: 'spki', format: 'der' }),
    notBefore: wholeSeconds(now - backdate),
    notAfter: Math.min(wholeSeconds(now + life), wholeSeconds(issuer.chain[0].notAfter)),
    extensions: [],
  }
  const reason = { provisioner: { id: '', name: '', type: '' }, issuedTo: { kind: 'authority' }, rule } as const
  const issued = await issueX509({ content, reason, use: undefined }, snapshot, ports)
  return { ...issued, privateKey }
}
