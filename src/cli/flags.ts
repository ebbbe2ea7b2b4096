import type { Flag, Flags } from './command.ts'

/** Flags that several commands have, by the names and aliases of `step`: a command's table picks and spreads them. */

export const forceFlag = {
  force: { kind: 'bool', aliases: ['f'], description: 'overwrite files without asking' },
} as const satisfies Flags

/** For commands that use an authority: which context's configuration counts. */
export const contextFlag = {
  context: { kind: 'string', placeholder: 'name', description: 'context of the configuration', commandLineOnly: true },
} as const satisfies Flags

export const caFlags = {
  'ca-url': { kind: 'string', placeholder: 'url', description: 'URL of the authority' },
  root: { kind: 'file', placeholder: 'file', description: 'PEM file with the root of the authority' },
  ...contextFlag,
} as const satisfies Flags

export const offlineFlags = {
  offline: { kind: 'bool', description: 'use the keys of the authority on this machine, without asking it' },
  'ca-config': { kind: 'file', placeholder: 'file', description: 'the authority’s ca.json, for --offline' },
} as const satisfies Flags

export const provisionerFlag = {
  provisioner: { kind: 'string', aliases: ['issuer'], placeholder: 'name', description: 'name of the provisioner' },
} as const satisfies Flags

export const passwordFileFlag = {
  'password-file': { kind: 'file', placeholder: 'file', description: 'file with the password of the private key' },
} as const satisfies Flags

/** The key of a JWK provisioner is encrypted; the first that is given counts. */
export const provisionerPasswordFlags = {
  'provisioner-password-file': {
    kind: 'file',
    placeholder: 'file',
    description: 'file with the password of the provisioner’s key',
  },
  ...passwordFileFlag,
} as const satisfies Flags

export const tokenFlag = {
  token: { kind: 'string', placeholder: 'token', description: 'one-time token, as `signet ca token` prints it' },
} as const satisfies Flags

export const sanFlag = {
  san: {
    kind: 'strings',
    placeholder: 'name',
    description: 'subject alternative name: DNS name, IP address, e-mail address or URI',
  },
} as const satisfies Flags

export const noPasswordFlags = {
  'no-password': { kind: 'bool', description: 'write the private key unencrypted; needs --insecure' },
  insecure: { kind: 'bool', description: 'allow what is unsafe', hidden: true },
} as const satisfies Flags

/** What kind of key is made. */
export const keyFlags = {
  kty: { kind: 'string', placeholder: 'type', description: 'type of the key: EC, RSA or OKP; EC unless given' },
  curve: {
    kind: 'string',
    aliases: ['crv'],
    placeholder: 'curve',
    description: 'curve: P-256, P-384, P-521 for EC, Ed25519 for OKP',
  },
  size: { kind: 'int', placeholder: 'bits', description: 'bits of an RSA key; 2048 unless given' },
} as const satisfies Flags

export const validityFlags = {
  'not-before': {
    kind: 'time',
    placeholder: 'time|duration',
    description: 'start of the validity: 2026-01-02T15:04:05Z, or from now, such as 5m',
  },
  'not-after': {
    kind: 'time',
    placeholder: 'time|duration',
    description: 'end of the validity: 2026-01-02T15:04:05Z, or from its start, such as 24h',
  },
} as const satisfies Flags

/** Variables of a template; read them with `templateData`. */
export const templateDataFlags = {
  set: { kind: 'strings', placeholder: 'key=value', description: 'variable of the template; the value may be JSON' },
  'set-file': { kind: 'file', placeholder: 'file', description: 'JSON file with variables of the template' },
} as const satisfies Flags

/** How an answer is printed where `step` has no form of its own. */
export const outputFlag = {
  output: {
    kind: 'string',
    aliases: ['o'],
    placeholder: 'format',
    description: 'form of the answer',
    choices: ['text', 'json'],
    default: 'text',
  },
} as const satisfies Flags

/** A key in a KMS or an HSM, which nothing here can use. */
const inKms = {
  kind: 'string',
  placeholder: 'uri',
  description: 'not supported: keys are in files',
  hidden: true,
  refused: 'keys in a KMS or HSM are not supported: use a key in a file',
} as const satisfies Flag

export const kmsFlags = { kms: inKms, 'attestation-uri': inKms } as const satisfies Flags

/** Which key signs, verifies, encrypts or decrypts. */
export const keyChoiceFlags = {
  key: {
    kind: 'file',
    placeholder: 'file',
    description: 'the key: a JWK, plain or encrypted, or PEM',
    commandLineOnly: true,
  },
  jwks: {
    kind: 'file',
    placeholder: 'file',
    description: 'a set of JWKs with the key; needs --kid',
    commandLineOnly: true,
  },
  kid: { kind: 'string', placeholder: 'id', description: 'id of the key', commandLineOnly: true },
} as const satisfies Flags

export const subtleFlag = {
  subtle: { kind: 'bool', description: 'allow what is easily done wrong', hidden: true },
} as const satisfies Flags

export const insecureFlag = {
  insecure: { kind: 'bool', description: 'allow what is unsafe' },
} as const satisfies Flags
