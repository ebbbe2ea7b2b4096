// Makes a local volume for each claim of the storage class below and removes it with its claim: what a cloud's
// provisioner does, for one machine. usage: volume-provisioner.ts KUBECONFIG DIRECTORY
import { readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { provisionerName, releasedVolumes, unboundClaims, volumeFor } from './local-volumes.ts'
import type { Claim, Volume } from './local-volumes.ts'

type Kubeconfig = {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]
  users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }]
}

const [kubeconfigFile = '', directory = ''] = process.argv.slice(2)
const kubeconfig = JSON.parse(readFileSync(kubeconfigFile, 'utf8')) as Kubeconfig
const { cluster } = kubeconfig.clusters[0]
const { user } = kubeconfig.users[0]
const decode = (text: string): Buffer => Buffer.from(text, 'base64')
const agent = new Agent({
  keepAlive: true,
  ca: decode(cluster['certificate-authority-data']),
  cert: decode(user['client-certificate-data']),
  key: decode(user['client-key-data']),
})

const claimsPath = '/api/v1/persistentvolumeclaims'
const volumesPath = '/api/v1/persistentvolumes'

function open(method: string, path: string, body?: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request(new URL(path, cluster.server), { method, agent, headers }, resolve)
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await open(method, path, body)
  let text = ''
  for await (const part of response.setEncoding('utf8')) text += String(part)
  const status = response.statusCode ?? 0
  // 404 and 409: somebody was faster; the next look shows what is left to do.
  if (status >= 400 && status !== 404 && status !== 409) throw new Error(`${method} ${path}: ${status} ${text}`)
  return JSON.parse(text) as T
}

async function reconcile(): Promise<void> {
  const claims = (await call<{ items: Claim[] }>('GET', claimsPath)).items
  const volumes = (await call<{ items: Volume[] }>('GET', volumesPath)).items
  for (const claim of unboundClaims(claims, volumes)) {
    const volume = volumeFor(claim, directory)
    await mkdir(volume.spec.local.path, { recursive: true, mode: 0o755 })
    await call('POST', volumesPath, volume)
    console.log(`made ${volume.metadata.name} for ${claim.metadata.namespace}/${claim.metadata.name}`)
  }
  for (const volume of releasedVolumes(volumes)) {
    await rm(join(directory, volume.metadata.name), { recursive: true, force: true })
    await call('DELETE', `${volumesPath}/${volume.metadata.name}`)
    console.log(`removed ${volume.metadata.name}`)
  }
}

let wake = (): void => undefined

/** Wakes the loop whenever an object of the list changes. Ends when the API server closes the watch. */
async function watch(path: string): Promise<void> {
  const response = await open('GET', `${path}?watch=true&timeoutSeconds=300`)
  for await (const line of createInterface({ input: response })) if (line !== '') wake()
}

async function forever(what: string, work: () => Promise<void>): Promise<never> {
  for (;;) {
    try {
      await work()
    } catch (error) {
      console.error(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      await delay(1000)
    }
  }
}

console.log(`${provisionerName} serves claims with volumes in ${directory}`)
await Promise.all([
  forever('watch of claims', () => watch(claimsPath)),
  forever('watch of volumes', () => watch(volumesPath)),
  forever('reconcile', async () => {
    const changed = new Promise<void>((resolve) => (wake = resolve))
    await reconcile()
    await changed
  }),
])
