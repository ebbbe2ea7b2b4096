import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCrd, readCrds, runCrds, takeOver } from '../../../src/app/crds.ts'

describe('takeOver', () => {
  const ours = {
    manager: 'signet-crds',
    operation: 'Apply',
    apiVersion: 'apiextensions.k8s.io/v1',
    fieldsType: 'FieldsV1',
  } as const
  const status = {
    manager: 'kube-apiserver',
    operation: 'Update',
    subresource: 'status',
    fieldsV1: { 'f:status': {} },
  } as const

  it('joins what all managers own into one entry of ours and leaves the status to its owner', () => {
    const helm = {
      manager: 'helm',
      operation: 'Update',
      fieldsV1: { 'f:spec': { 'f:group': {}, 'f:old': {} } },
    } as const
    const kubectl = {
      manager: 'kubectl',
      operation: 'Apply',
      fieldsV1: { 'f:spec': { 'f:names': { 'f:kind': {} } } },
    } as const
    expect(takeOver([helm, status, kubectl])).toEqual([
      { ...ours, fieldsV1: { 'f:spec': { 'f:group': {}, 'f:old': {}, 'f:names': { 'f:kind': {} } } } },
      status,
    ])
  })

  it('writes nothing once we are the only owner', () => {
    expect(takeOver([{ ...ours, fieldsV1: { 'f:spec': {} } }, status])).toBeUndefined()
    expect(takeOver([])).toBeUndefined()
  })
})

describe('applyCrd', () => {
  const crd = {
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.signet.dev' },
    spec: { group: 'signet.dev' },
  }

  function fakeApi(current: object | undefined) {
    const calls: unknown[][] = []
    const record =
      (verb: string, answer: unknown) =>
      (_kind: unknown, ...rest: unknown[]) => {
        calls.push([verb, ...rest])
        return Promise.resolve(answer as never)
      }
    return { calls, get: record('get', current), mergePatch: record('mergePatch', {}), apply: record('apply', {}) }
  }

  it('only applies a CRD that is not there', async () => {
    const api = fakeApi(undefined)
    await applyCrd(api, crd)
    expect(api.calls).toEqual([
      ['get', { name: 'things.signet.dev' }],
      ['apply', crd],
    ])
  })

  it('takes the fields of one that helm installed over before it applies', async () => {
    const managedFields = [{ manager: 'helm', operation: 'Update', fieldsV1: { 'f:spec': {} } }]
    const api = fakeApi({ metadata: { name: 'things.signet.dev', managedFields } })
    await applyCrd(api, crd)
    expect(api.calls.map(([verb]) => verb)).toEqual(['get', 'mergePatch', 'apply'])
    expect(api.calls[1]?.[2]).toMatchObject({
      metadata: { managedFields: [{ manager: 'signet-crds', operation: 'Apply' }] },
    })
  })
})

describe('readCrds', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signet-crds-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('reads the .yaml files in order of their names', async () => {
    for (const name of ['b', 'a']) {
      await writeFile(join(folder, `${name}.yaml`), `kind: CustomResourceDefinition\nmetadata: {name: ${name}}\n`)
    }
    await writeFile(join(folder, 'README.md'), 'not a CRD')
    expect((await readCrds(folder)).map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
  })

  it('refuses a folder without CRDs and a file that is none', async () => {
    await expect(readCrds(folder)).rejects.toMatchObject({
      code: 'malformed',
      message: `${folder} holds no .yaml file`,
    })
    await writeFile(join(folder, 'x.yaml'), 'kind: Pod')
    await expect(readCrds(folder)).rejects.toMatchObject({
      code: 'malformed',
      message: 'x.yaml is not a CustomResourceDefinition with a name',
    })
  })
})

describe('runCrds', () => {
  it('knows one verb', async () => {
    await expect(runCrds(['delete'])).rejects.toMatchObject({
      code: 'malformed',
      message: 'signet crds knows only: apply [--directory DIR]',
    })
  })
})
