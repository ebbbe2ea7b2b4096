import { nameKindLabels, nameKinds, type NameKind, type Names } from './names.ts'

/** One name as messages write it: `DNS name "a.b"`. */
export function describeName({ kind, value }: { readonly kind: NameKind; readonly value: string }): string {
  return `${nameKindLabels[kind]} "${value}"`
}

/** The first name that is not among `allowed`; undefined if all are. */
export function nameOutside(
  names: Names,
  allowed: Names,
): { readonly kind: NameKind; readonly value: string } | undefined {
  for (const kind of nameKinds) {
    const value = names[kind].find((name) => !allowed[kind].includes(name))
    if (value !== undefined) return { kind, value }
  }
  return undefined
}

/** Do both lists hold the same names, in whatever order? */
export function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.every((name) => right.includes(name)) && right.every((name) => left.includes(name))
}
