import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../../src/app/operator-process/environment.ts'
import { SignetError } from '../../../src/core/errors.ts'

const least = {
  POD_NAMESPACE: 'signet-system',
  POD_NAME: 'signet-operator-0',
  POD_UID: 'uid-pod',
  SIGNET_AUTHORITY_POD: '{"image":"signet:1"}',
}

describe('readEnvironment', () => {
  it('fills in what the chart leaves out', () => {
    expect(readEnvironment(least)).toEqual({
      settings: {
        namespace: 'signet-system',
        serviceAccount: 'signet-operator',
        lease: 'signet-operator',
        authorities: ['signet'],
        defaults: {},
        webhookAuthority: 'signet',
        pod: { image: 'signet:1' },
      },
      pod: { name: 'signet-operator-0', uid: 'uid-pod' },
      namespaces: undefined,
      webhookConfiguration: 'signet',
      healthAddress: ':9090',
      logLevel: 'info',
    })
  })

  it('reads what the chart says', () => {
    const environment = readEnvironment({
      ...least,
      SIGNET_AUTHORITIES: '["a","b"]',
      SIGNET_NAMESPACES: '["shop"]',
      SIGNET_DEFAULTS: '{"authority":{"name":"a","spec":{}}}',
      SIGNET_AUTHORITY_POD: '{"image":"signet:2","nodeSelector":{"disk":"ssd"}}',
      SIGNET_LOG_LEVEL: 'debug',
    })
    expect(environment.settings).toMatchObject({
      authorities: ['a', 'b'],
      webhookAuthority: 'a',
      pod: { image: 'signet:2', nodeSelector: { disk: 'ssd' } },
    })
    expect(environment).toMatchObject({ namespaces: ['shop'], logLevel: 'debug' })
  })

  it.each([
    { change: { POD_NAME: '' }, message: 'POD_NAME is not set: the chart sets it' },
    { change: { SIGNET_AUTHORITIES: 'signet' }, message: 'SIGNET_AUTHORITIES is not JSON' },
    { change: { SIGNET_NAMESPACES: '[1]' }, message: 'SIGNET_NAMESPACES must be a list of names, as JSON' },
    { change: { SIGNET_DEFAULTS: '[]' }, message: 'SIGNET_DEFAULTS must be an object, as JSON' },
    { change: { SIGNET_AUTHORITY_POD: '{}' }, message: 'SIGNET_AUTHORITY_POD must name an image' },
    { change: { SIGNET_LOG_LEVEL: 'loud' }, message: 'SIGNET_LOG_LEVEL must be one of debug, info, warn, error' },
  ])('says what is wrong: $message', ({ change, message }) => {
    const path = message.split(' ')[0] ?? ''
    expect(() => readEnvironment({ ...least, ...change })).toThrow(new SignetError('malformed', message, { path }))
  })
})
