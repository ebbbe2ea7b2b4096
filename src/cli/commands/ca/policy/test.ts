import type { Provisioner } from '../../../../authority/provisioners/provisioner.ts'
import { parseCaConfig, type CaConfig } from '../../../../config/ca-config.ts'
import { parseJsonText } from '../../../../config/json-text.ts'
import { SignetError } from '../../../../core/errors.ts'
import { noNames } from '../../../../core/names/names.ts'
import { listNames, typeNames } from '../../../../core/names/parse.ts'
import { explainStepPolicy, type CertificateNames, type NameDecision } from '../../../../core/policy/step/decide.ts'
import type { StepPolicy } from '../../../../core/policy/step/policy.ts'
import { loadTextTemplates } from '../../../../core/templates/text-templates.ts'
import { defineCommand } from '../../../command.ts'
import { readTextFile } from '../../../files.ts'
import type { CliIo } from '../../../io.ts'

/** `signet ca policy test`: says of each name which rule of a ca.json decides about it, without asking an authority. */
export const command = defineCommand({
  arguments: [
    { name: 'config', description: 'path of the ca.json' },
    {
      name: 'names',
      description: 'subject alternative names, sorted into kinds as step does',
      optional: true,
      repeats: true,
    },
  ],
  flags: {
    provisioner: {
      kind: 'string',
      placeholder: 'name',
      description: 'provisioner whose rules count as well',
      commandLineOnly: true,
    },
    'common-name': {
      kind: 'string',
      placeholder: 'name',
      description: 'common name of the subject',
      commandLineOnly: true,
    },
  },
  withoutContext: true,
  examples: [
    {
      comment: 'May a provisioner give these names?',
      command: 'signet ca policy test ca.json a.test 10.0.0.1 --provisioner me',
    },
  ],
  run: ({ args: [config = '', ...names], flags, io }) =>
    test(config, names, { provisioner: flags.provisioner, commonName: flags['common-name'] }, io),
})

type Wanted = { readonly provisioner: string | undefined; readonly commonName: string | undefined }

async function test(file: string, names: readonly string[], flags: Wanted, io: CliIo): Promise<void> {
  await loadTextTemplates()
  const config = parseCaConfig(parseJsonText(readTextFile('<config>', file), `<config>: ${file}`), (path) =>
    readTextFile('ca.json', path),
  )
  const wanted = [
    ...listNames(typeNames(names)).map(({ kind, value }) => ({
      names: { ...noNames, [kind]: [value] },
      commonName: '',
    })),
    ...(flags.commonName === undefined ? [] : [{ names: noNames, commonName: flags.commonName }]),
  ]
  if (wanted.length === 0) throw new SignetError('malformed', 'no name: give some, or --common-name')
  const levels = levelsOf(config, flags.provisioner)
  const refused = wanted.filter((each) => !levels.map((level) => explain(level, each, io)).every(Boolean))
  if (refused.length === 0) return
  throw new SignetError('forbidden', `${refused.length} of ${wanted.length} names would be refused`)
}

type Level = { readonly path: string; readonly policy: StepPolicy | undefined }

/** In the order in which they are asked. */
function levelsOf({ provisioners, policy }: CaConfig, name: string | undefined): Level[] {
  const authority = { path: 'authority.policy.x509', policy }
  if (name === undefined) return [authority]
  const index = provisioners.findIndex((provisioner: Provisioner) => provisioner.name === name)
  const options = provisioners[index]?.options
  if (options === undefined)
    throw new SignetError('not-found', `--provisioner: there is no provisioner ${JSON.stringify(name)}`)
  return [{ path: `authority.provisioners[${index}].options.x509`, policy: options.x509.policy }, authority]
}

/** Prints the decision of one level about one name; is it allowed? */
function explain({ path, policy }: Level, wanted: CertificateNames, io: CliIo): boolean {
  const [decision] = policy === undefined ? [] : explainStepPolicy(policy, wanted).names
  if (decision === undefined) {
    io.out(`allowed  ${path} has no rule\n`)
    return true
  }
  io.out(`${describe(decision, path)}\n`)
  return decision.allowed
}

function describe(decision: NameDecision, path: string): string {
  const { kind, name, rule } = decision
  const start = `${decision.allowed ? 'allowed' : 'refused'}  ${kind} ${JSON.stringify(name)}`
  if (rule !== undefined) return `${start} by ${path}.${rule}`
  return decision.allowed ? `${start}: ${path} has no rule about it` : `${start}: ${decision.message}`
}
