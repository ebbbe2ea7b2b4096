/** CustomResourceDefinitions, written from the schemas in src/core/resources and from nothing else. */
import { stringify } from 'yaml'
import { resourceDefinitions, type ResourceDefinition } from '../src/core/resources/definitions.ts'

type Json = { [key: string]: unknown }

/** kubectl reads YAML 1.1, where a bare y or n is a boolean. */
const yamlOptions = { version: '1.1', lineWidth: 120, aliasDuplicateObjects: false } as const

/** File name and YAML text of each CRD. */
export function renderCrds(): { file: string; text: string }[] {
  return resourceDefinitions.map((definition) => ({
    file: `signet.dev_${definition.kind.plural}.yaml`,
    text: `# Written by "npm run generate" from src/core/resources: change it there.\n${stringify(crdOf(definition), yamlOptions)}`,
  }))
}

/** The CRD of one kind as an object. */
export function crdOf({ kind, singular, shortNames, description, schemas, columns }: ResourceDefinition): Json {
  const [group, version] = kind.apiVersion.split('/')
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}`, labels: { 'app.kubernetes.io/name': 'signet' } },
    spec: {
      group,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular,
        shortNames,
        categories: ['signet'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns.map(({ name, jsonPath, type = 'string', wide = false }) => ({
            name,
            type,
            jsonPath,
            ...(wide ? { priority: 1 } : {}),
          })),
          schema: { openAPIV3Schema: rootSchema(description, schemas) },
        },
      ],
    },
  }
}

function rootSchema(description: string, { spec, status }: ResourceDefinition['schemas']): Json {
  const structural = structuralSchema(spec)
  return {
    type: 'object',
    description,
    ...('default' in structural ? {} : { required: ['spec'] }),
    properties: {
      apiVersion: { type: 'string', description: 'Version of the API, signet.dev/v1.' },
      kind: { type: 'string', description: 'Kind of the object.' },
      metadata: { type: 'object' },
      spec: structural,
      status: structuralSchema(status),
    },
  }
}

/** A structural schema (Kubernetes' subset of JSON Schema): a field with a default is never required. */
export function structuralSchema(schema: unknown): Json {
  const { required, properties, items, ...rest } = structuredClone(schema) as Json
  return {
    ...rest,
    ...(properties === undefined ? {} : objectPart(properties as Json, (required ?? []) as string[])),
    ...(items === undefined ? {} : { items: structuralSchema(items) }),
  }
}

function objectPart(properties: Json, required: string[]): Json {
  const mustBeSet = required.filter((name) => !('default' in (properties[name] as Json)))
  return {
    ...(mustBeSet.length === 0 ? {} : { required: mustBeSet }),
    properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, structuralSchema(value)])),
  }
}
