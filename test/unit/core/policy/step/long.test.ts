import { expect, it } from 'vitest'
import { isSignetError } from '../../../../../src/core/errors.ts'
import { readJson } from '../../../../../src/core/json-reader.ts'
import { noNames } from '../../../../../src/core/names/names.ts'
import { explainStepPolicy } from '../../../../../src/core/policy/step/decide.ts'
import { nameKinds } from '../../../../../src/core/policy/step/policy.ts'
import { readStepPolicy } from '../../../../../src/core/policy/step/read.ts'

/** Milliseconds of this process for all kinds of names; others on the machine do not count. */
const mostMs = 5000
const members = { dns: 'dns', ip: 'ips', email: 'emails', uri: 'uris', cn: undefined } as const

function decideLong(unit: string, kind: (typeof nameKinds)[number]): void {
  const long = unit.repeat(20_000)
  const member = members[kind]
  const names = member === undefined ? noNames : { ...noNames, [member]: [long] }
  for (const rule of [long, 'a.b']) {
    try {
      const policy = readJson({ allow: { [kind]: [rule] } }, 'policy', readStepPolicy)
      if (policy) explainStepPolicy(policy, { names, commonName: member === undefined ? long : '' })
    } catch (error) {
      if (!isSignetError(error, 'malformed')) throw error
    }
  }
}

it.each(['a', 'a.', '*.', '@', 'xn--', 'é', '\u0301', '%41', '[', ':', '"', '\\', 'א.'])(
  'decides about rules and names of 20,000 times %j in time that is linear',
  (unit) => {
    const start = process.cpuUsage()
    for (const kind of nameKinds) decideLong(unit, kind)
    const { user, system } = process.cpuUsage(start)
    expect((user + system) / 1000).toBeLessThan(mostMs)
  },
)
