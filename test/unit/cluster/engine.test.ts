import { expect, test } from 'vitest'
import { chooseEngine } from '../../cluster/harness/engine.ts'
import { containerIdOf } from '../../cluster/harness/faults.ts'

test.each([
  ['a kubeconfig that is given', { kubeconfig: '/k', ownRuns: true, dockerAnswers: true }, 'given'],
  ['kind where Docker answers', { kubeconfig: '', ownRuns: false, dockerAnswers: true }, 'kind'],
  ['our own that runs already', { kubeconfig: '', ownRuns: true, dockerAnswers: true }, 'own'],
  ['our own otherwise', { kubeconfig: '', ownRuns: false, dockerAnswers: false }, 'own'],
] as const)('takes %s', (_what, facts, engine) => {
  expect(chooseEngine(facts)).toBe(engine)
})

test('reads the id of a container from the status of its pod', () => {
  const id = 'a'.repeat(64)
  expect(containerIdOf(`containerd://${id}`)).toBe(id)
})

test.each(['', 'docker://abc', `containerd://${'a'.repeat(63)}; rm`])('refuses %j as the id of a container', (id) => {
  expect(() => containerIdOf(id)).toThrow(`not a container id of containerd: ${JSON.stringify(id)}`)
})
