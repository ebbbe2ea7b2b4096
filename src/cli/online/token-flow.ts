import { createProvisioningToken, type TokenContent } from '../../client/provisioning-token.ts'
import { SignetError } from '../../core/errors.ts'
import { parseCertificate } from '../../core/x509/certificate.ts'
import type { CliIo } from '../io.ts'
import { createCaClient } from '../../client/ca-client.ts'
import { caUrlOf, rootsOf, withClient, type AuthorityContext } from './authority.ts'
import { chooseProvisioner, keyIdOf, type Wish } from './provisioner.ts'
import { provisionerKey, type KeyFlags } from './provisioner-key.ts'

export type TokenContext = AuthorityContext & {
  readonly io: CliIo
  readonly flags: AuthorityContext['flags'] & Wish & KeyFlags
}

export type TokenWish = Omit<TokenContent, 'issuer' | 'keyId' | 'audience' | 'root'> & {
  readonly use: 'sign' | 'revoke'
}

/** A token of the provisioner that the flags mean, made with its key. */
export async function makeToken(context: TokenContext, { use, ...wish }: TokenWish): Promise<string> {
  const { io, flags } = context
  const [url, roots] = [caUrlOf(context), rootsOf(context)]
  return withClient(createCaClient({ url, roots }), async (client) => {
    const provisioner = await chooseProvisioner(io, await client.provisioners(), flags)
    if (provisioner.type.toUpperCase() !== 'JWK') {
      const message = `a provisioner of type ${provisioner.type} makes no tokens here: give --provisioner of type JWK, or --token`
      throw new SignetError('not-implemented', message)
    }
    const content = {
      ...wish,
      issuer: provisioner.name,
      keyId: keyIdOf(provisioner),
      audience: `${url}/1.0/${use}`,
      root: parseCertificate(roots).fingerprint,
    }
    return createProvisioningToken(content, await provisionerKey(io, client, provisioner, flags), io)
  })
}
