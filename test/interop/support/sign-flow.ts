import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { corp } from './credentials.ts'
import { contentOfFile, type User } from './flow.ts'
import { startPair, type Pair } from './pair.ts'

const template = `{
  "subject": { "commonName": {{ toJson .Subject.CommonName }}, "organizationalUnit": {{ toJson .Insecure.User.team }} },
  "sans": {{ toJson .SANs }},
  "keyUsage": ["digitalSignature"],
  "extKeyUsage": ["clientAuth"]
}`

/** With the provisioners `ops`, `shop`, whose template takes what the user says, and `corp`, of type X5C. */
export function startSignPair(): Promise<Pair> {
  return startPair((written) => {
    const [ops] = (written['authority'] as { readonly provisioners: readonly [object] }).provisioners
    return { authority: { provisioners: [ops, { ...ops, name: 'shop', options: { x509: { template } } }, corp] } }
  })
}

const csrs = new Map<string, Promise<string>>()

/** Each made once, by whoever needs it first. */
function csrOf(user: User, flags: string): Promise<string> {
  const make = async (): Promise<string> => {
    await user.say(`certificate create --csr --no-password --insecure ${flags} web.test made.csr made.key`)
    return user.text('made.csr')
  }
  const csr = csrs.get(flags) ?? make()
  csrs.set(flags, csr)
  return csr
}

/** What `step ca sign` says, and the certificate that it leaves but for its key. */
export async function signFlow(user: User, flags: string, csrFlags = '--san web.test'): Promise<object> {
  writeFileSync(user.file('web.csr'), await csrOf(user, csrFlags))
  const { provisionerPasswordFile } = user.folder
  const said = await user.say(`ca sign web.csr web.crt ${flags} --provisioner-password-file ${provisionerPasswordFile}`)
  if (said.status !== 0) return { said }
  const { validFrom, validTo } = new X509Certificate(user.text('web.crt'))
  const life = Date.parse(validTo) - Date.parse(validFrom)
  return {
    said,
    life,
    content: await contentOfFile(user, 'web.crt'),
    blocks: user.text('web.crt').split('BEGIN').length,
  }
}
