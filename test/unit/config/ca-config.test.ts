import { describe, expect, it } from 'vitest'
import { parseCaConfig } from '../../../src/config/ca-config.ts'

const key = {
  use: 'sig',
  kty: 'EC',
  kid: 'mcNv1B3-N3WoihTTtVSAopJifPshaS7yoCYOHFqjBeA',
  crv: 'P-256',
  alg: 'ES256',
  x: 'ujMPZAQhQsw7pH67BmyjlH0cmV4b9SK87LUyAQEs7R8',
  y: '7DNly2i4Mu3PjHlHTxQOmBVLGk6PMje_u5EL0fa1gAk',
}

/** As `signet ca init` writes it. */
const usual = () => ({
  root: '/ca/certs/root_ca.crt',
  federatedRoots: null,
  crt: '/ca/certs/intermediate_ca.crt',
  key: '/ca/secrets/intermediate_ca_key',
  address: ':9000',
  insecureAddress: '',
  dnsNames: ['ca.test', 'localhost'],
  logger: { format: 'json' },
  db: { type: 'sqlite', dataSource: '/ca/db/db.sqlite' },
  authority: { provisioners: [{ type: 'JWK', name: 'admin', key, encryptedKey: 'e.n.c.r.y' }] },
  tls: {
    cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    minVersion: 1.2,
    maxVersion: 1.3,
    renegotiation: false,
  },
})

describe('parseCaConfig', () => {
  it('reads what ca init writes, with step-ca’s defaults for the rest', () => {
    const config = parseCaConfig(usual())
    expect(config).toMatchObject({
      root: ['/ca/certs/root_ca.crt'],
      federatedRoots: [],
      crt: '/ca/certs/intermediate_ca.crt',
      key: '/ca/secrets/intermediate_ca_key',
      password: '',
      address: ':9000',
      dnsNames: ['ca.test', 'localhost'],
      commonName: 'Step Online CA',
      database: { file: '/ca/db/db.sqlite' },
      tls: { cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'], minVersion: 1.2, maxVersion: 1.3 },
      metricsAddress: undefined,
      claims: { minimum: 300_000, maximum: 86_400_000, usual: 86_400_000 },
      backdate: 60_000,
      disableIssuedAtCheck: false,
      signet: { generation: '', kubernetes: undefined, storage: { synchronous: 'full' } },
    })
    expect(config.provisioners.map(({ id }) => id)).toEqual([`admin:${key.kid}`])
    expect(Object.isFrozen(config.dnsNames)).toBe(true)
  })

  it('takes member names in any case and values in step’s other forms', () => {
    const { crt, key: keyFile, address } = usual()
    const config = parseCaConfig({
      crt,
      key: keyFile,
      address,
      ROOT: ['/a.crt', '/b.crt'],
      COMMONNAME: 'CA',
      DB: { TYPE: 'sqlite', datasource: '/x' },
      Authority: { Claims: { MINTLSCERTDURATION: '1m' }, backDate: '2m', DisableIssuedAtCheck: true },
      MetricsAddress: ':9090',
      tls: {},
    })
    expect(config).toMatchObject({
      root: ['/a.crt', '/b.crt'],
      commonName: 'CA',
      database: { file: '/x' },
      dnsNames: ['localhost', '127.0.0.1', '::1'],
      claims: { minimum: 60_000 },
      backdate: 120_000,
      disableIssuedAtCheck: true,
      provisioners: [],
      metricsAddress: ':9090',
      tls: { minVersion: 1.3, maxVersion: 1.3 },
    })
  })

  it('reads our own part', () => {
    const kubernetes = { trustDomain: 'example.org', clusterDomain: 'cluster.local', namespace: 'signet-system' }
    const config = parseCaConfig({
      ...usual(),
      signet: { generation: 'ab12', kubernetes, storage: { synchronous: 'off' } },
    })
    expect(config.signet).toEqual({
      generation: 'ab12',
      kubernetes,
      storage: { synchronous: 'off' },
      experimental: { mlDsa: false },
    })
  })

  it('names every fault with its path at once', () => {
    const wrong = {
      root: [],
      crt: 7,
      key: '',
      address: '9000',
      dnsNames: [],
      db: { type: 'oracle', dataSource: '/ca/db' },
      tls: { minVersion: 1.4, cipherSuites: ['RC4'], renegotiation: 'no' },
      authority: {
        backdate: '-1m',
        claims: { maxTLSCertDuration: '1m' },
        provisioners: [{ type: 'Google', name: 'google' }],
      },
      signet: { generaton: 'x', storage: { synchronous: 'normal' } },
    }
    let message = ''
    try {
      parseCaConfig(wrong)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message.split('; ')).toEqual([
      'root must name at least one file',
      'crt must be a text',
      'key must not be empty',
      'address is not valid: invalid address "9000": write host:port, or :port for every interface',
      'dnsNames must not be empty',
      'db.type must be one of sqlite, badger, badgerv1, badgerv2, bbolt',
      'tls.cipherSuites[0] is not a cipher suite of step-ca',
      expect.stringMatching(/^tls.cipherSuites must name one of TLS_ECDHE_/),
      'tls.minVersion must be 1.2 or 1.3',
      'tls.renegotiation must be true or false',
      expect.stringMatching(/^authority.claims claims: MaxCertDuration cannot be less than MinCertDuration/),
      'authority.backdate must not be negative',
      expect.stringMatching(/^authority.provisioners\[0\].type is not supported: use JWK/),
      'signet.generaton is not known',
      'signet.storage.synchronous must be one of full, off',
    ])
  })

  it.each([['kms.type', 'is not supported: keys are files', { kms: { type: 'awskms' } }]])(
    'refuses %s, which would change what is issued',
    (path, message, part) => {
      expect(() => parseCaConfig({ ...usual(), ...part })).toThrow(`${path} ${message}`)
    },
  )

  it('reads the rules about names', () => {
    const rules = { x509: { allow: { dns: ['*.example.com'] } }, ssh: {} }
    expect(parseCaConfig({ ...usual(), authority: { policy: rules } }).policy?.allow.dns).toEqual([
      { path: 'allow.dns[0]', constraint: '.example.com' },
    ])
    const faulty = { x509: { deny: { uri: ['a://b'] } } }
    expect(() => parseCaConfig({ ...usual(), authority: { policy: faulty } })).toThrow(
      'authority.policy.x509.deny.uri[0] is not valid: "a://b" has a scheme: write the host alone',
    )
  })

  it('takes what step writes for features that are off', () => {
    const off = {
      kms: {},
      ssh: null,
      crl: { enabled: false },
      authority: { enableAdmin: false, template: {} },
      templates: {},
    }
    expect(parseCaConfig({ ...usual(), ...off }).address).toBe(':9000')
  })

  it('leaves provisioners unread, and a policy out, where the admin API keeps them', () => {
    const provisioners = [{ type: 'colour' }]
    const policy = { x509: { allow: { dns: ['a.test'] } } }
    const config = parseCaConfig({ ...usual(), authority: { enableAdmin: true, provisioners, policy } })
    expect(config).toMatchObject({ administration: { provisioners }, provisioners: [], policy: undefined })
    expect(config.warnings).toEqual([
      {
        path: 'authority.policy',
        message: 'is ignored: with enableAdmin the policy is the one of the admin API',
      },
    ])
    const { db: _, ...withoutDatabase } = usual()
    expect(() => parseCaConfig({ ...withoutDatabase, authority: { enableAdmin: true } })).toThrow(
      'authority.enableAdmin needs db: the admin API keeps its data there',
    )
  })

  it.each([0, null, [[]], '', 'x'])('refuses a document that is %j', (document) => {
    expect(() => parseCaConfig(document)).toThrow('must be an object')
  })

  it('warns of what it takes otherwise than step-ca', () => {
    const provisioners = [...usual().authority.provisioners, { type: 'ACME', name: 'acme' }]
    const tls = {
      cipherSuites: ['TLS_RSA_WITH_RC4_128_SHA', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'TLS_AES_128_GCM_SHA256'],
      minVersion: 1.1,
      renegotiation: true,
    }
    const config = parseCaConfig({ ...usual(), logger: { format: 'text' }, tls, authority: { provisioners } })
    expect(config.tls).toEqual({
      cipherSuites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'],
      minVersion: 1.2,
      maxVersion: 1.3,
      renegotiation: true,
    })
    expect(config.warnings).toEqual([
      { path: 'logger.format', message: 'is ignored: each line of the log is JSON' },
      {
        path: 'tls.cipherSuites[0]',
        message: '"TLS_RSA_WITH_RC4_128_SHA" is not offered: it is weak, or TLS 1.3 has it anyway',
      },
      {
        path: 'tls.cipherSuites[2]',
        message: '"TLS_AES_128_GCM_SHA256" is not offered: it is weak, or TLS 1.3 has it anyway',
      },
      { path: 'tls.minVersion', message: 'means 1.2 here: what is older is broken' },
      {
        path: 'authority.provisioners[1]',
        message: 'of type ACME is listed only: certificates by it are not served',
      },
    ])
  })

  it('names what is missing', () => {
    expect(() => parseCaConfig({})).toThrow(
      'authority is missing; root is missing; crt is missing; key is missing; address is missing',
    )
  })
})
