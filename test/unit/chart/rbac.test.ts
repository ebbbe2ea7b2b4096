import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { render, type PolicyRule, type Rendered } from './render.ts'

/** `role | resources | verbs`, as the README writes a rule. */
function rowOf(role: string, { apiGroups, resources, resourceNames, verbs }: PolicyRule): string {
  const [group = ''] = apiGroups
  const full = resources.map((resource) => qualified(resource, group))
  const names = resourceNames === undefined ? '' : ` [${resourceNames.join(' ')}]`
  return `${role} | ${full.join(' ')}${names} | ${[...verbs].sort().join(' ')}`
}

function qualified(resource: string, group: string): string {
  const [name = '', subresource] = resource.split('/')
  return `${name}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`
}

function rolesOf(objects: readonly Rendered[]): Rendered[] {
  return objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
}

function rowsOfReadme(): string[] {
  const readme = readFileSync('charts/signet/README.md', 'utf8')
  const table = /<!-- rules -->\n([^]*)<!-- end of rules -->/.exec(readme)?.[1] ?? ''
  return table.trim().split('\n').slice(2)
}

let objects: Rendered[] = []
beforeAll(async () => {
  objects = await render()
})

describe('RBAC of the chart', () => {
  it('is the table of the README, rule for rule', () => {
    const rendered = rolesOf(objects).flatMap(({ kind, metadata, rules = [] }) =>
      rules.map((rule) => rowOf(`${kind} ${metadata.name}`, rule)),
    )
    const written = rowsOfReadme().map((row) => row.split(' | ').slice(0, 3).join(' | ').replace(/^\| /, ''))
    expect(written.toSorted()).toEqual(rendered.toSorted())
  })

  it('has one role more for the admin API, as the README says, bound to the Authorities that have it alone', async () => {
    const wished = [
      'authorities={signet,second}',
      'adminAPI.authorities={second}',
      'defaultAuthority.admin.provisioner=ops',
    ]
    const more = (await render(...wished)).filter(({ metadata }) => metadata.name === 'signet-authority-admin')
    const rows = rolesOf(more).flatMap(({ kind, metadata, rules = [] }) =>
      rules.map((rule) => rowOf(`${kind} ${metadata.name}`, rule)),
    )
    expect(rows).toEqual(['ClusterRole signet-authority-admin | provisioners.signet.dev | create delete list update'])
    expect(readFileSync('charts/signet/README.md', 'utf8')).toContain(`\n| ${rows.join()} |`)
    expect(more.map(({ kind }) => kind)).toEqual(['ClusterRole', 'ClusterRoleBinding'])
    expect(more[1]).toMatchObject({
      subjects: ['second', 'signet'].map((name) => ({ kind: 'ServiceAccount', name, namespace: 'signet-system' })),
    })
    await expect(render('adminAPI.authorities={other}')).rejects.toThrow(
      'adminAPI.authorities names "other", which is not in authorities: add it there',
    )
  })

  it('has a reason in each row', () => {
    const reasons = rowsOfReadme().map((row) => row.split(' | ')[3])
    expect(reasons.filter((reason) => !/\w{3,}.* \|$/.test(reason ?? ''))).toEqual([])
  })

  it('names one API group in a rule and no wildcard anywhere', () => {
    for (const rule of rolesOf(objects).flatMap(({ rules = [] }) => rules)) {
      expect(rule.apiGroups).toHaveLength(1)
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*')
      expect(rule.verbs).not.toContain('escalate')
      expect(rule.verbs).not.toContain('impersonate')
      expect(rule.verbs).not.toContain('delete')
    }
  })

  it('gives rights on Secrets to the operator, and to each authority on its own configuration', async () => {
    const roles = rolesOf(await render('authorities={signet,second}')).flatMap(({ kind, metadata, rules = [] }) =>
      rules
        .filter(({ resources }) => resources.includes('secrets'))
        .map(({ resourceNames = ['all'] }) => `${kind} ${metadata.name}: ${resourceNames.join(' ')}`),
    )
    expect(roles).toEqual([
      'ClusterRole signet-operator-secrets: all',
      'Role signet-authority-signet: signet-config',
      'Role signet-authority-second: second-config',
    ])
  })

  it('turns rights on Secrets into Roles in the named namespaces and our own', async () => {
    const narrow = await render('operator.namespaces={shop,bank}')
    const roles = rolesOf(narrow).filter(({ metadata }) => metadata.name === 'signet-operator-secrets')
    expect(roles.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`)).toEqual([
      'Role shop',
      'Role bank',
      'Role signet-system',
    ])
    const bindings = narrow.filter(
      ({ kind, metadata }) => kind.endsWith('Binding') && metadata.name === 'signet-operator-secrets',
    )
    expect(bindings.map(({ kind }) => kind)).toEqual(['RoleBinding', 'RoleBinding', 'RoleBinding'])
  })

  it('knows each Authority by its name', async () => {
    const two = rolesOf(await render('authorities={signet,second}'))
    const named = two.flatMap(({ rules = [] }) => rules.flatMap(({ resourceNames = [] }) => resourceNames))
    expect(named).toContain('second')
    expect(named).toContain('second-config')
    expect(named).not.toContain('second-intermediate')
    expect(named).toContain('signet-authority-second')
    expect(named).not.toContain('second-root')
  })
})
