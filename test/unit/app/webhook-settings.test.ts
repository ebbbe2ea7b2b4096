import { describe, expect, it } from 'vitest'
import { readSettings } from '../../../src/app/webhook-process/settings.ts'

const resources = { requests: { cpu: '5m', memory: '8Mi' }, limits: { cpu: '1', memory: '96Mi' } }
const injection = { image: 'signet:1', imagePullPolicy: 'Always', bootstrap: resources, renew: resources }
const request = {
  commonName: 'signet-webhook.signet-system.svc',
  dnsNames: ['signet-webhook.signet-system.svc'],
  ipAddresses: [],
  uris: [],
  emailAddresses: [],
  podIPs: false,
  keyAlgorithm: 'EC-P256',
}
const environment = {
  SIGNET_AUTHORITY: 'signet',
  SIGNET_PROVISIONER: 'kubernetes',
  SIGNET_TOKEN_FILE: '/token',
  SIGNET_REQUEST: JSON.stringify(request),
  SIGNET_INJECTION: JSON.stringify(injection),
  POD_UID: 'uid',
}
const paths = { node: '/usr/local/bin/node', bundles: '/app/dist' }
const withInjection = (changes: object) => ({
  ...environment,
  SIGNET_INJECTION: JSON.stringify({ ...injection, ...changes }),
})

describe('readSettings of the webhook', () => {
  it('reads what the chart writes and finds the programs in its own image', () => {
    expect(readSettings(environment, paths)).toEqual({
      authority: 'signet',
      provisioner: 'kubernetes',
      tokenFile: '/token',
      request,
      podUid: 'uid',
      injection: {
        image: 'signet:1',
        imagePullPolicy: 'Always',
        bootstrap: { command: ['/usr/local/bin/node', '/app/dist/workload.cjs', 'bootstrap'], resources },
        renew: {
          command: ['/bin/sh', '/app/sidecar.sh', '/usr/local/bin/node', '/app/dist/workload.cjs', 'renew'],
          resources,
        },
      },
    })
  })

  it('takes numbers, which helm writes for whole quantities, for texts', () => {
    const limits = { cpu: 1, memory: 134217728 }
    expect(
      readSettings(withInjection({ renew: { ...resources, limits } }), paths).injection.renew.resources.limits,
    ).toEqual({
      cpu: '1',
      memory: '134217728',
    })
  })

  it.each(Object.keys(environment))('refuses to do without %s', (name) => {
    expect(() => readSettings({ ...environment, [name]: '' }, paths)).toThrow(
      expect.objectContaining({ code: 'malformed', path: name, message: `${name} is not set: the chart sets it` }),
    )
  })

  it.each([
    [{ image: undefined }, 'SIGNET_INJECTION.image is missing'],
    [{ resources }, 'SIGNET_INJECTION.resources is not known'],
    [
      { bootstrap: { requests: {}, limits: { cpu: 'many', memory: '0' } } },
      'SIGNET_INJECTION.bootstrap.requests.cpu is missing; SIGNET_INJECTION.bootstrap.requests.memory is missing; SIGNET_INJECTION.bootstrap.limits.cpu must be a quantity greater than zero, such as 100m or 96Mi; SIGNET_INJECTION.bootstrap.limits.memory must be a quantity greater than zero, such as 100m or 96Mi',
    ],
  ])('refuses an injection with %o, all faults at once', (changes, message) => {
    expect(() => readSettings(withInjection(changes), paths)).toThrow(expect.objectContaining({ message }))
  })
})
