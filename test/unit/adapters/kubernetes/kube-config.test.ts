import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  loadInClusterConfig,
  loadKubeConfig,
  loadKubeConfigFile,
} from '../../../../src/adapters/kubernetes/kube-config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-kube-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A kubeconfig with these fields of its cluster and its user, as JSON, which is YAML. */
const kubeconfig = (cluster: object, user: object, more: object = {}) =>
  write(
    'config',
    JSON.stringify({
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443/', ...cluster } }],
      users: [{ name: 'u', user }],
      ...more,
    }),
  )

describe('in a Pod', () => {
  const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }

  beforeEach(() => {
    write('token', 'the-token\n')
    write('ca.crt', 'the-ca')
    write('namespace', 'signet-system\n')
  })

  it('reads what the kubelet mounts', async () => {
    const config = await loadInClusterConfig(environment, folder)
    expect(config).toMatchObject({ server: 'https://10.96.0.1:443', verify: true, namespace: 'signet-system' })
    expect(await config.credentials()).toEqual({
      tls: { ca: Buffer.from('the-ca') },
      authorization: 'Bearer the-token',
    })
  })

  it('writes an IPv6 address in brackets', async () => {
    const config = await loadInClusterConfig({ ...environment, KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder)
    expect(config.server).toBe('https://[fd00::1]:443')
  })

  it('says what is missing outside one', async () => {
    await expect(loadKubeConfig({})).rejects.toMatchObject({
      code: 'malformed',
      message: 'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: run in a Pod or set KUBECONFIG',
    })
  })
})

describe('a kubeconfig', () => {
  it('gives client certificates, inline or in files beside it', async () => {
    write('key.pem', 'the-key')
    const path = kubeconfig(
      { 'certificate-authority-data': base64('the-ca'), 'tls-server-name': 'kubernetes' },
      { 'client-certificate-data': base64('the-cert'), 'client-key': 'key.pem' },
    )
    const config = await loadKubeConfig({ KUBECONFIG: path })
    expect(config).toMatchObject({
      server: 'https://api.example:6443',
      serverName: 'kubernetes',
      verify: true,
      namespace: 'shop',
    })
    expect(await config.credentials()).toEqual({
      tls: { ca: Buffer.from('the-ca'), cert: Buffer.from('the-cert'), key: Buffer.from('the-key') },
    })
  })

  it('gives a token', async () => {
    const config = await loadKubeConfigFile(kubeconfig({ 'insecure-skip-tls-verify': true }, { token: 'secret' }))
    expect(config.verify).toBe(false)
    expect(await config.credentials()).toEqual({ tls: {}, authorization: 'Bearer secret' })
  })

  it('asks an exec plugin', async () => {
    const credential = { kind: 'ExecCredential', status: { token: 'from-plugin' } }
    const command = write('plugin', `#!/bin/sh\necho '${JSON.stringify(credential)}'\n`)
    chmodSync(command, 0o755)
    const config = await loadKubeConfigFile(kubeconfig({}, { exec: { command, args: [] } }))
    expect(await config.credentials()).toEqual({ tls: {}, authorization: 'Bearer from-plugin' })
  })

  it('refuses a context that leads nowhere', async () => {
    const path = kubeconfig({}, {}, { 'current-context': 'elsewhere' })
    await expect(loadKubeConfigFile(path)).rejects.toMatchObject({
      code: 'malformed',
      message: `${path}: current-context does not name a context with a cluster and a user`,
    })
  })

  it('refuses a proxy rather than go around it', async () => {
    const path = kubeconfig({ 'proxy-url': 'http://proxy:3128' }, {})
    await expect(loadKubeConfigFile(path)).rejects.toMatchObject({
      code: 'not-implemented',
      message: `${path}: proxy-url is not supported, use a direct connection`,
    })
  })
})
