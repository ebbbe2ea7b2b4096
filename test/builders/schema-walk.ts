/** The part of a structural schema that tests look at. */
export type Schema = {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly additionalProperties?: Schema
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-validations'?: readonly {
    readonly rule: string
    readonly message: string
    readonly fieldPath?: string
  }[]
}

export type SchemaNode = {
  /** As the API server names it, with `[0]` for items: `spec.delegates[0].namespace`. */
  readonly path: string
  readonly schema: Schema
  readonly isItem: boolean
}

/** A schema and all schemas below it. */
export function walkSchema(schema: Schema, path: string, isItem = false): SchemaNode[] {
  const { properties = {}, items } = schema
  return [
    { path, schema, isItem },
    ...Object.entries(properties).flatMap(([name, property]) => walkSchema(property, `${path}.${name}`)),
    ...(items === undefined ? [] : walkSchema(items, `${path}[0]`, true)),
  ]
}
