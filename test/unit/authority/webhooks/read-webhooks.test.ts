import { describe, expect, it } from 'vitest'
import { readWebhooks } from '../../../../src/authority/webhooks/read-webhooks.ts'
import { SignetError } from '../../../../src/core/errors.ts'
import { readJson } from '../../../../src/core/json-reader.ts'
import { loadTextTemplates } from '../../../../src/core/templates/text-templates.ts'
import { parseCaConfig } from '../../../../src/config/ca-config.ts'
import { someProvisioners } from '../../../builders/authority.ts'
import { aProvisionerKey } from '../../../builders/tokens.ts'

await loadTextTemplates()

const files: Readonly<Record<string, string>> = {
  secret: 'c2VjcmV0\n',
  token: 't0ken\r\n',
  password: 'pa\nss\n',
  'not base64': 'hunter2!\n',
  'two lines': 'a\nb\n',
}
const readFile = (path: string): string => {
  const text = files[path]
  if (text === undefined) throw new SignetError('malformed', `${path}: there is no such file`)
  return text
}
const read = (...hooks: readonly unknown[]) => readJson(hooks, 'webhooks', (node) => readWebhooks(node, readFile))
const hook = { name: 'people', url: 'https://hooks.test/a', kind: 'ENRICHING' }
const withSecrets = (signet: object) => ({ ...hook, signet })

describe('webhooks of ca.json', () => {
  it('are sixteen at most: all are asked, one after the other', () => {
    expect(read(...Array.from({ length: 16 }, () => hook))).toHaveLength(16)
    expect(() => read(...Array.from({ length: 17 }, () => hook))).toThrow('webhooks must have at most 16 webhooks')
  })

  it('are taken as step writes them, in any letter case', () => {
    expect(
      read(hook, {
        ID: 'i',
        Name: 'gate',
        URL: 'https://h.test/{{ .Token.sub }}',
        Kind: 'authorizing',
        disableTlsClientAuth: true,
        CertType: 'x509',
        bearerToken: 'nobody reads this here',
      }),
    ).toEqual([
      { ...hook, id: '', secret: '', disableTlsClientAuth: false, certType: '' },
      {
        id: 'i',
        name: 'gate',
        url: 'https://h.test/{{ .Token.sub }}',
        kind: 'AUTHORIZING',
        secret: '',
        disableTlsClientAuth: true,
        certType: 'X509',
      },
    ])
  })

  it.each([
    [{ secret: 'c2VjcmV0' }, { secret: 'c2VjcmV0' }],
    [{ secretFile: 'secret' }, { secret: 'c2VjcmV0' }],
    [{ bearerToken: 't' }, { secret: '', bearerToken: 't' }],
    [{ bearerTokenFile: 'token' }, { secret: '', bearerToken: 't0ken' }],
    [{ basicAuth: { username: 'u', password: '' } }, { secret: '', basicAuth: { username: 'u', password: '' } }],
    [
      { basicAuth: { username: 'u', passwordFile: 'password' } },
      { secret: '', basicAuth: { username: 'u', password: 'pa\nss' } },
    ],
  ])('take their secrets from our own member: %j', (signet, secrets) => {
    expect(read(withSecrets(signet))).toMatchObject([secrets])
  })

  it.each<[string, unknown, string]>([
    ['nothing', {}, '.url is missing; webhooks[0].name is missing; webhooks[0].kind is missing'],
    [
      'a text',
      'x',
      ' must be an object; webhooks[0].url is missing; webhooks[0].name is missing; webhooks[0].kind is missing',
    ],
    ['an empty name', { ...hook, name: '' }, '.name must not be empty'],
    ['http', { ...hook, url: 'http://a.test' }, '.url is not valid: it must begin with https:// and a host'],
    ['a user', { ...hook, url: 'https://u:p@a.test' }, '.url is not valid: it must begin with https:// and a host'],
    [
      'a template as host',
      { ...hook, url: 'https://{{ .X }}/' },
      '.url is not valid: it must begin with https:// and a host',
    ],
    ['a path upwards', { ...hook, url: 'https://a.test/b/../c' }, '.url is not valid: it gives no usable URL'],
    [
      'a broken template',
      { ...hook, url: 'https://a.test/{{ x }}' },
      '.url is not valid: template: template:1:18: function "x" not defined',
    ],
    [
      'a kind that is none',
      { ...hook, kind: 'NO_KIND' },
      '.kind is not valid: use ENRICHING, AUTHORIZING, SCEPCHALLENGE, NOTIFYING',
    ],
    ['certificates that are none', { ...hook, certType: 'TLS' }, '.certType is not valid: use ALL, X509, SSH'],
    ['an id of two lines', { ...hook, id: 'a\r\nb' }, '.id must be one line of printable ASCII'],
    ['a member of ours that is none', withSecrets({ password: 'x' }), '.signet.password is not known'],
    [
      'a secret twice',
      withSecrets({ secret: 'YQ==', secretFile: 'secret' }),
      '.signet.secretFile must not be there beside secret',
    ],
    ['a secret that is not base64', withSecrets({ secret: 'hunter2!' }), '.signet.secret must be base64, with padding'],
    ['a file of that', withSecrets({ secretFile: 'not base64' }), '.signet.secretFile must be base64, with padding'],
    [
      'a file that is not there',
      withSecrets({ secretFile: 'x' }),
      '.signet.secretFile is not valid: x: there is no such file',
    ],
    [
      'a token of two lines',
      withSecrets({ bearerTokenFile: 'two lines' }),
      '.signet.bearerTokenFile must be one line of printable ASCII',
    ],
    [
      'two ways to log in',
      withSecrets({ bearerToken: 't', basicAuth: { username: 'u', password: 'p' } }),
      '.signet.basicAuth must not be there beside a bearer token',
    ],
    [
      'a name without a password',
      withSecrets({ basicAuth: { username: 'u' } }),
      '.signet.basicAuth.password is missing',
    ],
  ])('are refused with %s', (_, json, message) => {
    expect(() => read(json)).toThrow(
      expect.objectContaining({ code: 'malformed', message: `webhooks[0]${message}` }) as Error,
    )
  })

  it('are listed as step lists them, and nothing secret with them', () => {
    const [provisioner] = someProvisioners({
      type: 'JWK',
      name: 'ops',
      key: aProvisionerKey().jwk,
      options: {
        webhooks: [
          { ...hook, kind: 'enriching', signet: { secret: 'c2VjcmV0', basicAuth: { username: 'u', password: 'p' } } },
          { kind: 'NOTIFYING', name: 'n', disableTLSClientAuth: true, url: 'https://b.test', id: 'i', certType: 'ALL' },
        ],
      },
    })
    expect(JSON.stringify(provisioner?.json['options'])).toBe(
      '{"webhooks":[{"id":"","name":"people","url":"https://hooks.test/a","kind":"ENRICHING","certType":""},' +
        '{"id":"i","name":"n","url":"https://b.test","kind":"NOTIFYING","disableTLSClientAuth":true,"certType":"ALL"}]}',
    )
  })

  it('that nothing calls yet are told', () => {
    const webhooks = [
      { ...hook, kind: 'SCEPCHALLENGE' },
      { ...hook, kind: 'NOTIFYING' },
      { ...hook, certType: 'SSH' },
      hook,
    ]
    const provisioners = [{ type: 'JWK', name: 'ops', key: aProvisionerKey().jwk, options: { webhooks } }]
    const { warnings } = parseCaConfig({
      root: 'r',
      crt: 'c',
      key: 'k',
      address: ':443',
      db: { type: 'sqlite', dataSource: 'd' },
      authority: { provisioners },
    })
    const at = (place: number) => `authority.provisioners[0].options.webhooks[${place}]`
    expect(warnings).toEqual([
      { path: at(0), message: 'of kind SCEPCHALLENGE is not called: SCEP is not served' },
      { path: at(1), message: 'of kind NOTIFYING is not called: SCEP is not served' },
      { path: at(2), message: 'is not called: SSH certificates are not served' },
    ])
  })
})
