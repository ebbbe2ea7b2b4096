import { describe, expect, it } from 'vitest'
import { parseCaConfig } from '../../../src/config/ca-config.ts'
import { judgeMembers, memberRules } from '../../../src/config/member-rules.ts'
import type { Warning } from '../../../src/config/warning.ts'
import { readJson } from '../../../src/core/json-reader.ts'

/**
 * Every member of step-ca 0.30.2: the json tags of Config, CRLConfig, ASN1DN and AuthConfig (authority/config/config.go),
 * SSHConfig, Bastion and SSHPublicKey (ssh.go), TLSOptions (tls_options.go), db.Config (db/db.go), cas.Options and
 * CertificateIssuer (cas/apiv1/options.go), templates.Templates (templates/templates.go), policy.Options
 * (authority/policy/options.go), the options of the loggers and of New Relic (logging, monitoring), and kms.Options of
 * go.step.sm/crypto 0.77.1 (kms/apiv1/options.go).
 */
const stepMembers = [
  ...words('', 'root federatedRoots crt key address insecureAddress dnsNames kms ssh logger db monitoring authority'),
  ...words('', 'tls password templates commonName crl metricsAddress'),
  ...words('crl.', 'enabled generateOnRevoke cacheDuration renewPeriod idpURL'),
  ...words('authority.', 'type certificateAuthority certificateAuthorityFingerprint certificateIssuer credentialsFile'),
  ...words('authority.', 'config authorityId deploymentType provisioners template claims policy disableIssuedAtCheck'),
  ...words('authority.', 'backdate enableAdmin disableGetSSHHosts'),
  ...words('authority.certificateIssuer.', 'type provisioner crt key password'),
  ...words('authority.template.', 'country organization organizationalUnit locality province streetAddress'),
  ...words('authority.template.', 'serialNumber commonName'),
  ...words('authority.policy.', 'ssh'),
  ...words('authority.policy.x509.', 'allowWildcardNames'),
  ...words('authority.policy.x509.allow.', 'cn dns ip email uri'),
  ...words('authority.policy.x509.deny.', 'cn dns ip email uri'),
  ...words('kms.', 'type credentialsFile uri pin managementKey region profile storageDirectory'),
  ...words('ssh.', 'hostKey userKey keys addUserPrincipal addUserCommand bastion'),
  ...words('ssh.keys.', 'type federated key'),
  ...words('ssh.bastion.', 'hostname user port cmd flags'),
  ...words('logger.', 'format traceHeader'),
  ...words('db.', 'type dataSource valueDir database badgerFileLoadingMode'),
  ...words('monitoring.', 'type name key'),
  ...words('tls.', 'cipherSuites minVersion maxVersion renegotiation'),
  ...words('templates.', 'ssh data'),
]

function words(prefix: string, names: string): string[] {
  return names.split(' ').map((name) => `${prefix}${name}`)
}

function judge(json: object): readonly Warning[] {
  const warnings: Warning[] = []
  readJson(json, '', (node) => judgeMembers(node, (warning) => warnings.push(warning)))
  return warnings
}

describe('the table of members', () => {
  const rows = [...memberRules.keys()]

  it.each(stepMembers)('decides about %s', (member) => {
    const decided = rows.some((row) => row === member || member.startsWith(`${row}.`) || row.startsWith(`${member}.`))
    expect(decided).toBe(true)
  })

  it('has no member that step-ca has not, but ours', () => {
    expect(rows.filter((row) => !stepMembers.includes(row))).toEqual(['signet'])
  })
})

describe('judgeMembers', () => {
  it('tells of rules about names that nobody reads', () => {
    const x509 = { denied: { dns: ['a.test'] }, Deny: { DNS: ['b.test'], dnsNames: ['c.test'] } }
    expect(judge({ authority: { policy: { x509 } } })).toEqual([
      { path: 'authority.policy.x509.denied', message: 'is ignored: it is not known' },
      { path: 'authority.policy.x509.deny.dnsNames', message: 'is ignored: it is not known' },
    ])
  })

  it('says nothing of what step ca init writes for features that are off', () => {
    const off = {
      insecureAddress: '',
      kms: { type: 'SoftKMS', uri: '' },
      ssh: null,
      logger: { format: 'JSON' },
      db: { badgerFileLoadingMode: '' },
      authority: { type: '', deploymentType: 'standalone', template: {}, policy: { ssh: {} }, enableAdmin: false },
      templates: { ssh: { user: [], host: null }, data: {} },
      crl: { enabled: false },
    }
    expect(judge(off)).toEqual([])
  })

  it('warns of what is left out, with the path in step’s spelling, whatever the case', () => {
    const json = {
      LOGGER: { Format: 'text', traceheader: 'X-Trace' },
      ssh: { hostKey: '/h', userKey: '/u' },
      Db: { VALUEDIR: '/v' },
      monitoring: { type: 'newrelic' },
      authority: { authorityID: 'x', colour: 'red' },
      comment: 'mine',
    }
    expect(judge(json)).toEqual([
      { path: 'logger.format', message: 'is ignored: each line of the log is JSON' },
      { path: 'logger.traceHeader', message: 'is ignored: requests are known by X-Request-Id' },
      { path: 'ssh', message: 'is ignored: SSH certificates are not served' },
      { path: 'db.valueDir', message: 'is ignored: it is for databases of step-ca' },
      { path: 'monitoring', message: 'is ignored: set metricsAddress, and metrics are served there' },
      { path: 'authority.authorityId', message: 'is ignored: it is for linked deployments' },
      { path: 'authority.colour', message: 'is ignored: it is not known' },
      { path: 'comment', message: 'is ignored: it is not known' },
    ])
  })

  it.each([
    [{ kms: { type: 'awskms' } }, 'kms.type is not supported: keys are files'],
    [{ kms: { uri: 'yubikey:' } }, 'kms.uri is not supported: keys are files'],
    [{ authority: { type: 'stepcas' } }, 'authority.type is not supported: remove it'],
  ])('refuses what would change what is issued: %j', (json, message) => {
    expect(() => judge(json)).toThrow(message)
  })
})

describe('members of what is honoured as a whole', () => {
  const file = (more: object, provisioner: object = {}) => ({
    root: '/r',
    crt: '/c',
    key: '/k',
    address: ':443',
    db: { type: 'sqlite', dataSource: '/db' },
    authority: { provisioners: [{ type: 'sshpop', name: 'pop', ...provisioner }] },
    ...more,
  })
  const listedOnly = {
    path: 'authority.provisioners[0]',
    message: 'of type SSHPOP is listed only: certificates by it are not served',
  }

  it('are told where nobody reads them', () => {
    const tls = { minVersoin: 1.3, MINVERSION: 1.2, ciphers: [] }
    const provisioner = { claims: { maxTLSCertDuration: '1h', disableRenewals: true }, groups: ['a'], x: null }
    expect(parseCaConfig(file({ tls }, provisioner)).warnings).toEqual([
      listedOnly,
      ...['tls.minVersoin', 'authority.provisioners[0].groups', 'authority.provisioners[0].claims.disableRenewals'].map(
        (path) => ({ path, message: 'is ignored: it is not known' }),
      ),
    ])
  })

  it('are told once, and not where all is left out', () => {
    const authority = { provisioners: [], policy: { x509: { denied: { dns: ['a'] } } }, template: { planet: 'Earth' } }
    expect(parseCaConfig({ ...file({ ssh: { colour: 1 } }), authority }).warnings).toEqual([
      { path: 'authority.policy.x509.denied', message: 'is ignored: it is not known' },
      { path: 'ssh', message: 'is ignored: SSH certificates are not served' },
      { path: 'authority.template.planet', message: 'is ignored: it is not known' },
    ])
  })

  it.each([
    [{ Address: ':444' }, 'address is there twice, in different letters: put both into one'],
    [
      { authority: { policy: { x509: { deny: { dns: ['a.test'] }, Deny: { cn: ['b'] } } } } },
      'authority.policy.x509.deny is there twice, in different letters: put both into one',
    ],
    [
      { authority: { policy: { x509: { allow: { dns: ['a.test'], DNS: ['*.test'] } } } } },
      'authority.policy.x509.allow.dns is there twice, in different letters: put both into one',
    ],
  ])('are refused in two spellings: %j', (more, message) => {
    expect(() => parseCaConfig(file(more))).toThrow(message)
  })

  it('may be there a second time for nothing', () => {
    expect(parseCaConfig(file({ Address: null, ADDRESS: null })).address).toBe(':443')
  })
})
