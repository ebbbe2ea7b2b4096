import { describe, expect, inject, it } from 'vitest'
import { forbidden, needed } from './forbidden.ts'
import { createKubectl } from './harness/kubectl.ts'
import { run, tryRun } from './harness/run.ts'

const { kubectl: binary, kubeconfig, helm, images } = inject('cluster')
const kubectl = createKubectl(binary, kubeconfig)

/** `yes` or `no`, for several questions at once: the machine has few cores. */
async function answers(account: string, questions: readonly string[]): Promise<Record<string, string>> {
  const as = `--as=system:serviceaccount:signet-system:${account}`
  const ask = async (question: string): Promise<[string, string]> => {
    const { stdout, stderr } = await kubectl.try(['auth', 'can-i', ...question.split(' '), as])
    // A misspelt resource is answered with no as well: its warning counts as the answer.
    return [question, stderr.includes("doesn't have a resource type") ? stderr : stdout.trim() || stderr]
  }
  const found: [string, string][] = []
  for (let at = 0; at < questions.length; at += 4) {
    found.push(...(await Promise.all(questions.slice(at, at + 4).map(ask))))
  }
  return Object.fromEntries(found)
}

const all = (questions: readonly string[], answer: string) =>
  Object.fromEntries(questions.map((question) => [question, answer]))

describe('rights in the cluster', () => {
  it.each(Object.entries(forbidden))('%s is refused what it must not do', async (account, questions) => {
    expect(questions.length).toBeGreaterThanOrEqual(20)
    expect(await answers(account, questions)).toEqual(all(questions, 'no'))
  })

  it.each(Object.entries(needed))('%s may do its work', async (account, questions) => {
    expect(await answers(account, questions)).toEqual(all(questions, 'yes'))
  })
})

describe('objects of the chart', () => {
  const template = [
    'template',
    'signet',
    'charts/signet',
    '--namespace',
    'signet-system',
    '--set',
    'operator.namespaces={default},metrics.service.enabled=true',
  ]

  it('are valid for the API server, hooks and tests included, and keep Pod Security "restricted"', async () => {
    const manifests = await run(helm, template)
    await using namespace = await kubectl.createNamespace('chart', {
      'pod-security.kubernetes.io/enforce': 'restricted',
    })
    // A pod is refused without its ServiceAccount, even in a dry run.
    await kubectl(['create', 'serviceaccount', 'signet-test', '-n', namespace.name])
    const here = manifests.replaceAll('namespace: signet-system', `namespace: ${namespace.name}`)
    const { status, stderr } = await kubectl.try(
      ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'],
      {
        input: here,
      },
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  it('as manifests/ are valid too', async () => {
    for (const file of ['manifests/crds.yaml', 'manifests/signet.yaml']) {
      const { status, stderr } = await kubectl.try([
        'apply',
        '--server-side',
        '--force-conflicts',
        '--dry-run=server',
        '-f',
        file,
      ])
      expect(stderr).toBe('')
      expect(status).toBe(0)
    }
  })
})

describe('the installation', () => {
  it('runs the image of this tree in every pod', async () => {
    type Pods = { items: { spec: { containers: { image: string }[] } }[] }
    const { items } = await kubectl.get<Pods>('pods', '-n', 'signet-system', '-l', 'app.kubernetes.io/name=signet')
    expect(new Set(items.flatMap(({ spec }) => spec.containers.map(({ image }) => image)))).toEqual(
      new Set([images.signet]),
    )
  })

  it('passes helm test', async () => {
    const { status, stdout, stderr } = await tryRun(helm, [
      'test',
      'signet',
      '-n',
      'signet-system',
      '--kubeconfig',
      kubeconfig,
      '--logs',
    ])
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toContain('authority signet answers at https://signet.signet-system.svc\n')
    expect(stdout).toContain('webhook answers at https://signet-webhook.signet-system.svc\n')
  })
})
