import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'
import { network, nodeName } from './settings.ts'

const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** name → subject and subject alternative names of each certificate that the parts of Kubernetes need. */
const leaves: Record<string, { subject: string; names: readonly string[] }> = {
  apiserver: {
    subject: '/CN=kube-apiserver',
    names: [
      ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((name) => `DNS:${name}`),
      'DNS:kubernetes.default.svc.cluster.local',
      ...['127.0.0.1', network.apiService, network.node].map((address) => `IP:${address}`),
    ],
  },
  admin: { subject: '/O=system:masters/CN=admin', names: ['DNS:admin'] },
  'controller-manager': { subject: '/CN=system:kube-controller-manager', names: ['DNS:controller-manager'] },
  scheduler: { subject: '/CN=system:kube-scheduler', names: ['DNS:scheduler'] },
  proxy: { subject: '/CN=system:kube-proxy', names: ['DNS:proxy'] },
  node: {
    subject: `/O=system:nodes/CN=system:node:${nodeName}`,
    names: [`DNS:${nodeName}`, `IP:${network.node}`, 'IP:127.0.0.1'],
  },
}

/** The users that get a kubeconfig of their own, `<name>.conf`. */
export const kubeconfigUsers = ['admin', 'controller-manager', 'scheduler', 'proxy', 'node'] as const

/** Makes the cluster's CA, its certificates and the ServiceAccount key pair in `directory`. All live 30 days. */
export async function createPki(directory: string): Promise<void> {
  const openssl = (...args: string[]): Promise<string> => run('openssl', args, { cwd: directory })
  const ca = ['-keyout', 'ca.key', '-out', 'ca.crt', '-days', '30', '-subj', '/CN=kube-ca']
  await openssl('req', '-x509', ...ecKey, ...ca)
  for (const [name, { subject, names }] of Object.entries(leaves)) {
    await openssl('req', ...ecKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject)
    const extensions = `subjectAltName=${names.join(',')}\nextendedKeyUsage=serverAuth,clientAuth\n`
    await writeFile(join(directory, `${name}.ext`), extensions)
    const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', `${name}.ext`]
    await openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.crt`)
  }
  await openssl('genrsa', '-out', 'sa.key', '2048')
  await openssl('rsa', '-in', 'sa.key', '-pubout', '-out', 'sa.pub')
}

/** The kubeconfig of one of {@link kubeconfigUsers}, as JSON, which is YAML too. */
export async function kubeconfigOf(user: string, directory: string): Promise<string> {
  const data = async (file: string): Promise<string> => (await readFile(join(directory, file))).toString('base64')
  const server = `https://${network.node}:${network.apiPort}`
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'signet', cluster: { server, 'certificate-authority-data': await data('ca.crt') } }],
    users: [
      {
        name: user,
        user: { 'client-certificate-data': await data(`${user}.crt`), 'client-key-data': await data(`${user}.key`) },
      },
    ],
    contexts: [{ name: 'signet', context: { cluster: 'signet', user } }],
    'current-context': 'signet',
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}
