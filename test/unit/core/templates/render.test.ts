import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromJsonValue } from '../../../../src/core/templates/engine/values.ts'
import { templateFunctions } from '../../../../src/core/templates/functions/index.ts'
import { parseTextTemplate, renderTextTemplate } from '../../../../src/core/templates/render.ts'
import type { Json } from '../../../../src/core/templates/template.ts'
import { renderContext } from '../../../builders/templates.ts'

const render = (template: string, data: Json = {}) =>
  renderTextTemplate(parseTextTemplate(template), fromJsonValue(data), renderContext())

describe('text templates', () => {
  it('have the constructs of Go’s', () => {
    const template = `{{ define "item" }}<{{ . }}>{{ end -}}
      {{ range $i, $e := .list }}{{ if eq $e "b" }}{{ continue }}{{ end }}{{ $i }}{{ template "item" $e }}{{ else }}none{{ end -}}
      {{- with .map.x }} {{ . | upper | printf "%-4s|" }}{{ end }}`
    expect(render(template, { list: ['a', 'b', 'c'], map: { x: 'é' } })).toBe('0<a>2<c> É   |')
    expect(render(template, { list: [] })).toBe('none')
  })

  it('take the time and randomness that they are given', () => {
    expect(render('{{ now | date "2006-01-02 15:04" }} {{ now.Unix }}')).toBe('2026-06-01 12:00 1780315200')
    expect(render('{{ randAlphaNum 4 }} {{ uuidv4 }}')).toBe(render('{{ randAlphaNum 4 }} {{ uuidv4 }}'))
    expect(render('{{ ago (toTime 1780315195) }}')).toBe('5s')
  })

  it('say where and why they fail', () => {
    const messages = {
      '{{ .a.b }': 'template: template:1:8: unexpected "}" in operand',
      '\n{{ nonsense }}': 'template: template:2:3: function "nonsense" not defined',
      '\n {{ .text.x }}':
        'template: template:2:9: executing "template" at <.text.x>: can\'t evaluate field x in type string',
      '{{ trunc "a" "b" }}': 'template: template:1:9: executing "template" at <"a">: expected integer; found "a"',
      '{{ fail "no such name" }}': 'no such name',
      '{{ template "x" }}':
        'template: template:1:12: executing "template" at <{{template "x"}}>: template "x" not defined',
    }
    for (const [template, message] of Object.entries(messages)) {
      expect(() => render(template, { text: 'a' })).toThrow(message)
    }
  })

  it('refuse what has no place in a certificate authority', () => {
    const refused = [...templateFunctions.values()].filter(({ relation }) => relation.kind === 'refused')
    expect(refused.map(({ name }) => name).toSorted()).toEqual(
      'bcrypt buildCustomCert call decryptAES derivePassword encryptAES genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey getHostByName htpasswd'.split(
        ' ',
      ),
    )
    expect(() => render('{{ getHostByName "a.b" }}')).toThrow(
      'template: template:1:3: executing "template" at <getHostByName "a.b">: error calling getHostByName: is not available: templates do not reach the network',
    )
    expect(() => render('{{ env "HOME" }}')).toThrow('template: template:1:3: function "env" not defined')
  })

  it('have every function in the table of the README', () => {
    const rows = [...templateFunctions.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, relation }) => [name, relation.kind, relation.kind === 'same' ? '' : relation.how])
    const written = readFileSync('src/core/templates/README.md', 'utf8')
      .split('\n')
      .filter((line) => /^\| `\w/.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, 4)
          .map((cell) => cell.trim().replaceAll('`', '')),
      )
    expect(written).toEqual(rows.map((row) => row.map((cell) => cell.replaceAll('`', ''))))
  })
})
