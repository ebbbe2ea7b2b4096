import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../../src/core/templates/engine/budget.ts'
import { TemplateError } from '../../../../src/core/templates/engine/template-error.ts'
import { parseTextTemplate, renderTextTemplate, type RenderContext } from '../../../../src/core/templates/render.ts'
import { fromJsonValue } from '../../../../src/core/templates/engine/values.ts'
import { renderContext } from '../../../builders/templates.ts'

const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`key ${index}`, index]))
const data = { text: 'a', list: [1, 2], many }

function failureOf(template: string, changes: Partial<RenderContext> = {}): TemplateError {
  try {
    renderTextTemplate(parseTextTemplate(template), fromJsonValue(data), renderContext(changes))
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error('it rendered')
}

const ending = (message: string) => message.slice(message.lastIndexOf('>: ') + 3)
const doubling = (make: string) => `{{ $x := "xxxxxxxxxxxxxxxx" }}{{ range until 40 }}{{ $x = ${make} }}{{ end }}`
const memory = 'more than 4194304 octets in memory'

/** An argument with 2,000 members. */
const manyKeys = '($.many)'

/** Each of them would stop a process that sets no limits. */
const attacks: readonly (readonly [template: string, message: string])[] = [
  ['{{ range 1000000000 }}{{ end }}', 'more than 100000 steps'],
  ['{{ range 900 }}{{ range 900 }}{{ end }}{{ end }}', 'more than 100000 steps'],
  ['{{ range until 1000000000 }}{{ end }}', `error calling until: ${memory}`],
  ['{{ range until 70000 }}{{ break }}{{ end }}', `error calling until: ${memory}`],
  ['{{ untilStep 0 4000000000000000 1 }}', `error calling untilStep: ${memory}`],
  ['{{ seq 0 1 400000000 }}', `error calling seq: ${memory}`],
  ['{{ repeat 1000000000 "x" }}', `error calling repeat: ${memory}`],
  ['{{ repeat 4000000000000000000 "x" }}', `error calling repeat: ${memory}`],
  ['{{ indent 1000000000 "x" }}', `error calling indent: ${memory}`],
  ['{{ randAlpha 1000000000 }}', `error calling randAlpha: ${memory}`],
  ['{{ randBytes 1000000000 }}', `error calling randBytes: ${memory}`],
  ['{{ printf "%999999d%999999d%999999d%999999d%999999d" 1 2 3 4 5 }}', `error calling printf: ${memory}`],
  ['{{ printf "%.999999f%.999999f%.999999f%.999999f" 1.0 1.0 1.0 1.0 1.0 }}', `error calling printf: ${memory}`],
  [doubling('print $x $x'), `error calling print: ${memory}`],
  [doubling('cat $x $x'), `error calling cat: ${memory}`],
  [doubling('replace "x" "xx" $x'), `error calling replace: ${memory}`],
  [doubling('replace "" $x $x'), `error calling replace: ${memory}`],
  [doubling('regexReplaceAll "x" $x "$0$0$0"'), 'error calling regexReplaceAll: more than 100000 steps'],
  [doubling('join $x (list $x $x $x $x)'), `error calling join: ${memory}`],
  [doubling('toJson (list $x $x)'), `error calling toJson: ${memory}`],
  [doubling('b64enc (print $x $x)'), `error calling b64enc: ${memory}`],
  [
    '{{ $x := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}',
    'error calling toJson: more than 100000 steps',
  ],
  ['{{ $x := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}', 'more than 100000 steps'],
  ['{{ $x := list 1 }}{{ range until 60 }}{{ $x = concat $x $x }}{{ end }}', `error calling concat: ${memory}`],
  ['{{ $x := repeat 200000 "a" }}{{ splitList "" $x }}', `error calling splitList: ${memory}`],
  ['{{ $x := repeat 200000 "a," }}{{ split "," $x }}', `error calling split: ${memory}`],
  ['{{ $x := repeat 200000 "a," }}{{ splitn "," 2 $x }}', `error calling splitn: ${memory}`],
  ['{{ $x := until 30000 }}{{ range $x }}{{ $y := slice $x }}{{ end }}', `error calling slice: ${memory}`],
  ['{{ $x := until 30000 }}{{ range $x }}{{ $y := toStrings $x }}{{ end }}', `error calling toStrings: ${memory}`],
  [`{{ range until 100 }}{{ $y := keys ${manyKeys} }}{{ end }}`, 'error calling keys: more than 100000 steps'],
  [`{{ range until 100 }}{{ $y := values ${manyKeys} }}{{ end }}`, 'error calling values: more than 100000 steps'],
  [`{{ range until 100 }}{{ $y := omit ${manyKeys} "x" }}{{ end }}`, 'error calling omit: more than 100000 steps'],
  ['{{ $x := list 1 }}{{ range until 300 }}{{ $x = list $x }}{{ end }}{{ $x }}', 'more than 100 levels'],
  ['{{ $x := dict }}{{ $_ := set $x "x" $x }}{{ toJson $x }}', 'error calling toJson: more than 100 levels'],
  ['{{ $x := dict }}{{ $_ := set $x "x" $x }}{{ $x }}', 'more than 100 levels'],
  ['{{ $x := dict }}{{ $_ := set $x "x" $x }}{{ deepCopy $x }}', 'error calling deepCopy: more than 100 levels'],
  [
    '{{ $x := dict }}{{ $_ := set $x "x" $x }}{{ $y := dict }}{{ $_ := set $y "x" $y }}{{ deepEqual $x $y }}',
    'error calling deepEqual: more than 100 levels',
  ],
  [
    '{{ $x := dict }}{{ $_ := set $x "x" $x }}{{ $y := dict "x" (dict) }}{{ $_ := set $y.x "x" $y }}{{ merge $x $y }}',
    'error calling merge: more than 100 levels',
  ],
  ['{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}', 'more than 100 levels'],
  [
    '{{ define "a" }}{{ template "b" . }}{{ end }}{{ define "b" }}{{ template "a" . }}{{ end }}{{ template "a" }}',
    'more than 100 levels',
  ],
  ['{{ range until 200 }}{{ repeat 2000 "x" }}{{ end }}', 'more than 262144 octets of output'],
  ['{{ regexMatch "(((a{10}){10}){10})" (repeat 4000 "a") }}', 'error calling regexMatch: more than 100000 steps'],
  ['{{ regexFindAll (repeat 2000 "a") "a" -1 }}', 'error calling regexFindAll: a pattern is longer than 1000 octets'],
]

describe('limits of templates', () => {
  it.each(attacks)('%s', (template, message) => {
    const started = performance.now()
    const failure = failureOf(template)
    expect([failure.kind, failure.code, ending(failure.message)]).toEqual(['limit', 'internal', message])
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('end it where time is up, and say where', () => {
    let now = 0
    const failure = failureOf('\n{{ range until 5000 }}{{ end }}', { elapsed: () => (now += 300) })
    expect(failure).toMatchObject({ kind: 'limit', place: { line: 2, column: 15 } })
    expect(failure.message).toContain('more than 500 ms')
  })

  it('hold for the text itself: its size and how deep it nests', () => {
    const tooLarge = failureOf(' '.repeat(262_145))
    expect([tooLarge.kind, tooLarge.message]).toEqual(['limit', 'template: template: is larger than 262144 octets'])
    for (const [open, close] of [
      ['{{ if true }}', '{{ end }}'],
      ['{{ if true }}{{ else }}', '{{ end }}'],
      ['{{ block "a" . }}', '{{ end }}'],
    ] as const) {
      expect(failureOf(open.repeat(4000) + close.repeat(4000)).message).toContain('max expression depth exceeded')
    }
    expect(failureOf(`{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`).message).toContain('max expression depth')
    expect(failureOf(`{{ if true }}${'{{ else if true }}'.repeat(4000)}{{ end }}`).message).toContain('max expression')
  })

  it('need not end patterns that would stop RegExp', () => {
    const template = '{{ regexMatch "^(x+x+)+y$" (print (repeat 2000 "x") "zy") }}'
    expect(renderTextTemplate(parseTextTemplate(template), null, renderContext())).toBe('false')
  })

  it('can be set', () => {
    const failure = failureOf('{{ .text }}{{ .text }}', { limits: { ...defaultLimits, output: 1 } })
    expect(failure.message).toBe(
      'template: template:1:14: executing "template" at <{{.text}}>: more than 1 octets of output',
    )
  })
})
