import { describe, expect, it } from 'vitest'
import { webhookUrl } from '../../../../src/authority/webhooks/webhook-url.ts'
import { fromJsonValue, GoMap, type Value } from '../../../../src/core/templates/engine/values.ts'
import { loadTextTemplates } from '../../../../src/core/templates/text-templates.ts'
import { countingRandom } from '../../../fakes/counting-random.ts'

await loadTextTemplates()

const render = (url: string, sub = 'web.test'): string => {
  const data = () => new GoMap([['Token', fromJsonValue({ sub })]] as [string, Value][])
  return webhookUrl(url, data, { now: 0, random: countingRandom(), elapsed: () => 0 }).href
}

describe('the URL of a webhook', () => {
  it.each([
    ['https://hooks.test:8443/a?b=c', 'https://hooks.test:8443/a?b=c'],
    ['https://hooks.test/{{ .Token.sub }}', 'https://hooks.test/web.test'],
    ['https://hooks.test/{{ .Token.sub | upper }}?q={{ .Token.x }}', 'https://hooks.test/WEB.TEST?q=%3Cno%20value%3E'],
    ['https://hooks.test/a..b/.c/...', 'https://hooks.test/a..b/.c/...'],
    ['https://hooks.test/?x=../..', 'https://hooks.test/?x=../..'],
  ])('%s is %s', (url, expected) => {
    expect(render(url)).toBe(expected)
  })

  it.each(['..', '.', '%2e%2E', '.%2e', 'a\nb', 'a\tb', '\0'])('is none where %j leads elsewhere', (sub) => {
    expect(() => render('https://hooks.test/hook/{{ .Token.sub }}', sub)).toThrow(
      expect.objectContaining({ code: 'malformed', message: 'it gives no usable URL' }) as Error,
    )
  })

  it('stays at its host, whatever comes behind', () => {
    expect(new URL(render('https://hooks.test/{{ .Token.sub }}', '@evil.test')).host).toBe('hooks.test')
    expect(new URL(render('https://hooks.test?{{ .Token.sub }}', '@evil.test/')).host).toBe('hooks.test')
  })

  it.each([
    ['/', 'path', 'https://hooks.test/may/{{ .Token.sub }}/sign', 'me/see?x='],
    ['\\', 'path', 'https://hooks.test/may/{{ .Token.sub }}/sign', 'a\\b'],
    ['?', 'path', 'https://hooks.test/{{ .Token.sub }}/sign', 'a?admin=yes'],
    ['#', 'path', 'https://hooks.test/{{ with .Token }}{{ .sub }}{{ end }}/sign', 'a#'],
    ['&', 'query', 'https://hooks.test/?name={{ .Token.sub }}&may=no', 'a&may=yes'],
    ['#', 'query', 'https://hooks.test/?{{ range $k, $v := .Token }}{{ $k }}={{ $v }}{{ end }}', 'a#'],
    ['/', 'path', 'https://hooks.test/{{ define "who" }}{{ . }}{{ end }}{{ template "who" .Token.sub }}', 'a/b'],
  ])('is none where a value has a %s that would begin another part: %s of %s', (mark, part, url, sub) => {
    expect(() => render(url, sub)).toThrow(
      `: what is filled in has ${JSON.stringify(mark)}, which has a meaning in the ${part} of a URL: end the action with | urlquery`,
    )
  })

  it('has any value that is encoded, and any in a query that begins nothing there', () => {
    const sub = 'a/b?c#d&e\\f'
    expect(render('https://hooks.test/{{ .Token.sub | urlquery }}/x', sub)).toBe(
      'https://hooks.test/a%2Fb%3Fc%23d%26e%5Cf/x',
    )
    expect(render('https://hooks.test/?q={{ .Token.sub | urlquery }}', sub)).toBe(
      'https://hooks.test/?q=a%2Fb%3Fc%23d%26e%5Cf',
    )
    const spiffe = 'spiffe://cluster.local/ns/shop/sa/web?'
    expect(render('https://hooks.test/?id={{ .Token.sub }}', spiffe)).toBe(`https://hooks.test/?id=${spiffe}`)
    expect(
      render('https://hooks.test/{{ if .Token.sub }}some/way?x={{ else }}other{{ end }}{{ .Token.sub }}', 'a/'),
    ).toBe('https://hooks.test/some/way?x=a/')
  })
})
