import { expect, test } from 'vitest'
import { goModFor, linkerFlags } from '../../cluster/harness/kubernetes-build.ts'

const upstream = `module k8s.io/kubernetes
require (
	k8s.io/api v0.0.0
)
replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/client-go => ./staging/src/k8s.io/client-go
	example.org/other => ../elsewhere
)
`

test('each staging module gets its published version, other replacements none', () => {
  expect(goModFor('v1.35.4', upstream)).toBe(
    [
      'module kubernetes-binaries',
      'go 1.25.0',
      'require k8s.io/kubernetes v1.35.4',
      'replace k8s.io/api => k8s.io/api v0.35.4',
      'replace k8s.io/client-go => k8s.io/client-go v0.35.4',
      '',
    ].join('\n'),
  )
})

test('the commands report the version that was asked for', () => {
  expect(linkerFlags('v1.35.4')).toBe(
    '-s -w -X k8s.io/component-base/version.gitVersion=v1.35.4 ' +
      '-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=35',
  )
})
