import { createPublicKey, type KeyObject } from 'node:crypto'
import { encryptPrivateKey } from '../../../core/x509/private-key.ts'
import { defineCommand } from '../../command.ts'
import { writeFiles } from '../../files.ts'
import { forceFlag, keyFlags, noPasswordFlags, passwordFileFlag } from '../../flags.ts'
import { keyToPem } from '../../key-kind.ts'
import { readJwkFile } from '../../keys.ts'
import { makeKey } from '../../new-key.ts'
import { getPassword } from '../../passwords.ts'
import { equalArguments, incompatibleFlags, requiredWithFlag } from '../../usage-errors.ts'

/** `signet crypto keypair`: a key pair in PEM. */
export const command = defineCommand({
  description: 'The private key is encrypted with a password.',
  arguments: [
    { name: 'pub_file', description: 'where the public key is written' },
    { name: 'priv_file', description: 'where the private key is written' },
  ],
  flags: {
    ...keyFlags,
    'from-jwk': { kind: 'file', placeholder: 'file', description: 'a JWK with the key, in place of a new one' },
    ...passwordFileFlag,
    ...noPasswordFlags,
    ...forceFlag,
  },
  examples: [
    { comment: 'Make an EC key', command: 'signet crypto keypair key.pub key.pem' },
    { comment: 'Make an RSA key', command: 'signet crypto keypair key.pub key.pem --kty RSA --size 4096' },
  ],
  async run({ args: [publicFile = '', privateFile = ''], flags, isGiven, io, name }) {
    const { 'from-jwk': fromJwk, 'password-file': passwordFile, 'no-password': noPassword } = flags
    if (publicFile === privateFile) throw equalArguments('PUB_FILE', 'PRIV_FILE', name)
    if (noPassword && passwordFile !== undefined) throw incompatibleFlags('no-password', 'password-file')
    if (noPassword && !flags.insecure) throw requiredWithFlag('no-password', 'insecure')
    const unfit = (['kty', 'curve', 'size'] as const).find((flag) => fromJwk !== undefined && isGiven(flag))
    if (unfit !== undefined) throw incompatibleFlags('from-jwk', unfit)
    const key: KeyObject =
      fromJwk === undefined ? (await makeKey(flags)).privateKey : (await readJwkFile(io, fromJwk, passwordFile)).key
    if (key.type === 'public') {
      await writeFiles(io, [{ path: publicFile, content: publicPem(key) }], flags)
      io.err(`Your public key has been saved in ${publicFile}.\n`)
      io.err('Only the public PEM was generated.\nCannot retrieve a private key from a public one.\n')
      return
    }
    const label = 'Please enter the password to encrypt the private key'
    const content = noPassword
      ? keyToPem(key)
      : encryptPrivateKey(key, await getPassword(io, { file: passwordFile, label, minLength: 1 }), io.random)
    const files = [
      { path: publicFile, content: publicPem(createPublicKey(key)) },
      { path: privateFile, content },
    ]
    await writeFiles(io, files, flags)
    io.err(`Your public key has been saved in ${publicFile}.\nYour private key has been saved in ${privateFile}.\n`)
  },
})

const publicPem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }) as string
