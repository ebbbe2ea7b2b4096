import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCrds, runCrds } from '../../../src/app/crds.ts'

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
