import { describe, expect, it } from 'vitest'
import { readSettings } from '../../../src/workload/settings.ts'

const environment = {
  SIGNET_REQUEST:
    '{"commonName":"a.shop.svc","dnsNames":["a.shop.svc"],"ipAddresses":[],"uris":[],"emailAddresses":[],"podIPs":true,"keyAlgorithm":"EC-P256"}',
  SIGNET_AUTHORITY_URL: 'https://signet.signet-system.svc',
  SIGNET_ROOTS: 'roots',
  SIGNET_TOKEN_FILE: '/token',
  SIGNET_DIRECTORY: '/var/run/signet.dev',
  SIGNET_MODE: '0640',
  POD_UID: 'uid',
  POD_IPS: '10.0.0.1,fd00::1',
}

describe('readSettings', () => {
  it('reads what the webhook writes', () => {
    expect(readSettings(environment)).toEqual({
      request: {
        commonName: 'a.shop.svc',
        dnsNames: ['a.shop.svc'],
        ipAddresses: [],
        uris: [],
        emailAddresses: [],
        podIPs: true,
        keyAlgorithm: 'EC-P256',
      },
      authority: { url: 'https://signet.signet-system.svc', roots: 'roots' },
      tokenFile: '/token',
      directory: '/var/run/signet.dev',
      mode: 0o640,
      pod: { uid: 'uid', ips: ['10.0.0.1', 'fd00::1'] },
    })
    expect(readSettings({ ...environment, SIGNET_AUTHORITY_ADDRESS: '10.96.0.9' }).authority.address).toBe('10.96.0.9')
    expect(readSettings({ ...environment, POD_IPS: '' }).pod.ips).toEqual([])
  })

  it.each(Object.keys(environment).filter((name) => name !== 'POD_IPS'))('refuses to do without %s', (name) => {
    expect(() => readSettings({ ...environment, [name]: undefined })).toThrow(
      expect.objectContaining({
        code: 'malformed',
        path: name,
        message: `${name} is not set: the webhook sets it in the containers that it injects`,
      }),
    )
  })

  it.each([
    ['SIGNET_MODE', '640', 'SIGNET_MODE must be octal, such as 0640'],
    ['SIGNET_DIRECTORY', 'run', 'SIGNET_DIRECTORY must be an absolute path'],
    ['SIGNET_REQUEST', '{', 'SIGNET_REQUEST is not JSON'],
  ])('refuses %s=%s', (name, value, message) => {
    expect(() => readSettings({ ...environment, [name]: value })).toThrow(message)
  })
})
