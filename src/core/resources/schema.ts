/**
 * Builders of the schemas in this folder. A schema is TypeBox, so its type is inferred; it also carries the keywords that
 * Kubernetes understands (CEL rules, list types), so the CRD is written from it and from nothing else.
 *
 * A field with a default is not optional in the type, because the API server fills it in on every read; the generator
 * leaves it out of `required`.
 */
import { Type, type TProperties, type TSchema } from 'typebox'

/** One CEL rule (`x-kubernetes-validations`), evaluated by the API server on each write. */
export type Rule = { readonly rule: string; readonly message: string; readonly fieldPath?: string }

type Common = { readonly description: string; readonly rules?: readonly Rule[]; readonly default?: unknown }

type TextOptions = Common & { readonly maxLength: number; readonly minLength?: number; readonly pattern?: string }

function keywords({ rules, ...rest }: Common): Record<string, unknown> {
  return rules === undefined ? rest : { ...rest, 'x-kubernetes-validations': rules }
}

/** Text of at most `maxLength` characters. */
export const text = (options: TextOptions) => Type.String(keywords(options))

/** One of a closed set of words. */
export const choice = <const V extends string[]>(values: readonly [...V], options: Common) =>
  Type.Enum(values, { type: 'string', ...keywords(options) })

/** A whole number of 32 bits, both bounds included. */
export const integer = (options: Common & { readonly minimum: number; readonly maximum: number }) =>
  Type.Integer({ format: 'int32', ...keywords(options) })

export const flag = (options: Common) => Type.Boolean(keywords(options))

/** A point in time in RFC 3339, UTC, whole seconds. */
export const instant = (options: Common) => Type.String({ format: 'date-time', ...keywords(options) })

/** A list that is replaced as a whole. */
export const list = <T extends TSchema>(items: T, options: Common & { readonly maxItems: number; minItems?: number }) =>
  Type.Array(items, { 'x-kubernetes-list-type': 'atomic', ...keywords(options) })

/** A list whose items are told apart by these of their fields, so that several writers can each own some. */
export const listBy = <T extends TSchema>(keys: string[], items: T, options: Common & { readonly maxItems: number }) =>
  Type.Array(items, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys, ...keywords(options) })

/** Free keys, such as labels. Kubernetes knows `additionalProperties` only, TypeBox's records write `patternProperties`. */
export const textMap = (options: Common & { readonly maxProperties: number; readonly maxLength: number }) => {
  const { maxLength, ...rest } = options
  const additionalProperties = { type: 'string', maxLength }
  return Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties, ...keywords(rest) })
}

/** An object of any JSON, which is kept as it is. */
export const freeObject = (options: Common & { readonly maxProperties: number }) =>
  Type.Unsafe<Readonly<Record<string, unknown>>>({
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    ...keywords(options),
  })

export const group = <P extends TProperties>(properties: P, options: Common) =>
  Type.Object(properties, keywords(options))

export const optional = Type.Optional

/** `observedGeneration` of a status or condition. */
export const observedGeneration = () =>
  Type.Integer({
    format: 'int64',
    minimum: 0,
    description: 'The metadata.generation that this describes; where it is older, this is not yet up to date.',
  })

/** Must equal its value of before: only checked on updates. */
export const immutable = (message: string): Rule => ({ rule: 'self == oldSelf', message })

const durationPattern = String.raw`^([0-9]{1,6}(\\.[0-9]{1,9})?h)?([0-9]{1,8}(\\.[0-9]{1,9})?m)?([0-9]{1,9}(\\.[0-9]{1,9})?s)?$`

/** CEL: is this text a duration longer than zero? */
const isDuration = (text: string) =>
  `(${text}.matches('${durationPattern}') && ${text} != '' && duration(${text}) > duration('0s'))`

/** A Go duration in h, m and s, longer than zero. */
export const duration = (options: Common) =>
  text({
    maxLength: 40,
    ...options,
    rules: [
      { rule: isDuration('self'), message: 'must be a duration longer than zero in h, m and s, such as 24h or 90m' },
    ],
  })

/** Of two fields with durations one must be shorter. Says nothing where one is missing or no duration: others say that. */
export const comparison = (field: string, operator: '<' | '<=', other: string): Rule => ({
  rule: [
    ...[field, other].map((name) => `!has(self.${name}) || !${isDuration(`self.${name}`)}`),
    `duration(self.${field}) ${operator} duration(self.${other})`,
  ].join(' || '),
  message: operator === '<' ? `must be shorter than ${other}` : `must not be longer than ${other}`,
  fieldPath: `.${field}`,
})

/** A field with a duration has bounds, both included. Says nothing where it is no duration: another rule says that. */
export const between = (field: string, least: string, most: string): Rule => ({
  rule: [
    `!has(self.${field}) || !${isDuration(`self.${field}`)}`,
    `(duration(self.${field}) >= duration('${least}') && duration(self.${field}) <= duration('${most}'))`,
  ].join(' || '),
  message: `must be from ${least} to ${most}`,
  fieldPath: `.${field}`,
})

const dnsLabels = String.raw`[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*`

/** A DNS name in ASCII without a final dot; `wildcard` also allows `*.` in front. */
export const dnsName = (options: Common & { readonly wildcard?: boolean }) => {
  const { wildcard = false, ...rest } = options
  return text({
    maxLength: 253,
    ...rest,
    rules: [
      {
        rule: `self.matches('^${wildcard ? String.raw`(\\*\\.)?` : ''}${dnsLabels}$')`,
        message: wildcard
          ? 'must be a DNS name in ASCII, such as web.shop.svc or *.example.com'
          : 'must be a DNS name in ASCII, such as ca.example.com',
      },
    ],
  })
}

/** A SPIFFE trust domain. */
export const trustDomain = (options: Common) =>
  text({
    maxLength: 253,
    ...options,
    rules: [
      {
        rule: "self.matches('^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$')",
        message: 'must be a SPIFFE trust domain: lower-case letters, digits, ., - and _',
      },
      ...(options.rules ?? []),
    ],
  })

/** A URL of a web server. */
export const httpUrl = (options: Common) =>
  text({
    maxLength: 512,
    ...options,
    rules: [
      {
        rule: "self.matches('^https?://[!-~]+$')",
        message: 'must be a URL that begins with https:// or http://',
      },
    ],
  })

/** Name of a Kubernetes object (RFC 1123 subdomain). */
export const objectName = (options: Common) =>
  text({
    maxLength: 253,
    ...options,
    rules: [
      {
        rule: String.raw`self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')`,
        message: 'must be the name of a Kubernetes object: lower-case letters, digits, dots and -',
      },
      ...(options.rules ?? []),
    ],
  })

/** Name of a namespace (RFC 1123 label). */
export const namespaceName = (options: Common) =>
  text({
    maxLength: 63,
    ...options,
    rules: [
      {
        rule: "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
        message: 'must be the name of a namespace: lower-case letters, digits and -',
      },
    ],
  })

/** A quantity of bytes or cores as Kubernetes writes it, greater than zero. */
export const quantity = (options: Common) =>
  text({
    maxLength: 32,
    ...options,
    rules: [
      {
        rule: "isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))",
        message: 'must be a quantity greater than zero, such as 1Gi',
      },
    ],
  })

/** Certificates in PEM, one or more. */
export const pemCertificates = (options: Common) =>
  text({
    maxLength: 65_536,
    ...options,
    rules: [
      {
        rule: "self.contains('-----BEGIN CERTIFICATE-----') && self.contains('-----END CERTIFICATE-----')",
        message: 'must be PEM with at least one CERTIFICATE block',
      },
    ],
  })
