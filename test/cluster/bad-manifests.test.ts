import { afterAll, describe, expect, inject, it } from 'vitest'
import { createKubeApi } from '../../src/adapters/kubernetes/client.ts'
import { loadKubeConfigFile } from '../../src/adapters/kubernetes/kube-config.ts'
import { collectionPath, objectPath } from '../../src/adapters/kubernetes/paths.ts'
import { resourceDefinitions } from '../../src/core/resources/definitions.ts'
import { authorities, provisioners } from '../../src/core/resources/kinds.ts'
import type { ResourceKind } from '../../src/core/resources/resource-kind.ts'
import { provisionerPages } from '../builders/pages.ts'
import { validSpecs, type Spec } from './bad-manifests/bases.ts'
import { badManifests } from './bad-manifests/cases.ts'
import { withValue } from './bad-manifests/edit.ts'
import { immutables } from './bad-manifests/rules.ts'

const api = createKubeApi({
  config: await loadKubeConfigFile(inject('cluster').kubeconfig),
  fieldManager: 'bad-manifests',
})
afterAll(() => api.close())

/** As `kubectl apply` checks manifests: unknown fields are errors. */
const query = { dryRun: 'All', fieldValidation: 'Strict' }

/** What the API server says of a manifest that it refuses, from the first field on; undefined if it takes it. */
async function verdict(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    return (error as Error).message.replace(/^.*? is invalid: \[?/, '')
  }
}

const create = ({ apiVersion, kind, ...rest }: ResourceKind, spec: Spec) =>
  verdict(
    api.request('POST', collectionPath({ apiVersion, kind, ...rest }, rest.namespaced ? 'default' : undefined), {
      query,
      body: { apiVersion, kind, metadata: { name: 'bad-manifest' }, spec },
    }),
  )

const valid = [
  ...resourceDefinitions.flatMap(({ kind }) =>
    (validSpecs[kind.kind] ?? []).map((spec, index) => ({ name: `${kind.kind} ${index}`, kind, spec })),
  ),
  ...provisionerPages().flatMap(({ name, resources }) =>
    resources.map(({ metadata, spec }) => ({ name: `"${metadata.name}" of ${name}`, kind: provisioners, spec })),
  ),
]
const bad = badManifests()

describe('a dry run on the API server', () => {
  it.each(valid)('takes $name', async ({ kind, spec }) => {
    expect(await create(kind, spec)).toBeUndefined()
  })

  it('is asked for at least sixty bad manifests, no two the same', () => {
    expect(bad.length).toBeGreaterThanOrEqual(60)
    expect(new Set(bad.map(({ kind, spec }) => JSON.stringify([kind.kind, spec]))).size).toBe(bad.length)
  })

  it.each(bad)('refuses $name', async ({ kind, spec, path, says }) => {
    const message = await create(kind, spec)
    expect(message?.split(': ')[0]).toBe(path)
    expect(message).toContain(says)
  })

  it.each(Object.entries(immutables))('refuses to change %s of an Authority', async (path, value) => {
    const body = withValue({ spec: {} }, path, value)
    const message = await verdict(
      api.request('PATCH', objectPath(authorities, { name: 'signet' }), {
        query,
        body,
        contentType: 'application/merge-patch+json',
      }),
    )
    expect(message?.split(': ')[0]).toBe(path)
    expect(message).toContain('is immutable: ')
  })

  it('refuses the private part of a JWK', async () => {
    const spec = withValue({ spec: validSpecs['Provisioner']?.[0] ?? {} }, 'spec.jwk.key.d', 'ZA').spec
    expect(await create(provisioners, spec)).toContain('unknown field "spec.jwk.key.d"')
  })
})
