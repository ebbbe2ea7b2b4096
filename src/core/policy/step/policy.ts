/** The kinds of names that step's policy has rules of, by their members in ca.json and in the order that decides. */
export const nameKinds = ['dns', 'ip', 'email', 'uri', 'cn'] as const
export type NameKind = (typeof nameKinds)[number]

/** One rule, ready to be compared with. */
export type StepRule = {
  /** Where it stands within the policy: `deny.dns[0]`. */
  readonly path: string
  /** In the normal form that names are compared with: `*.Example.com` is `.example.com`, `@example.com` is `example.com`. */
  readonly constraint: string
}

export type StepRules = Readonly<Record<NameKind, readonly StepRule[]>>

/** step's policy of names: with any rule in `allow`, each name needs one; a name that a rule in `deny` matches is refused. */
export type StepPolicy = {
  readonly allow: StepRules
  readonly deny: StepRules
  /** True: certificates may have names like `*.example.com`, where the rules let them. */
  readonly allowWildcardNames: boolean
}
