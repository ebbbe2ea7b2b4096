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

  it.each(['..', '.', '../admin', 'a/../../admin', '..\\admin', '%2e%2E/admin', '.%2e', 'a\nb', 'a\tb', '\0'])(
    'is none where %j leads elsewhere',
    (sub) => {
      expect(() => render('https://hooks.test/hook/{{ .Token.sub }}', sub)).toThrow(
        expect.objectContaining({ code: 'malformed', message: 'it gives no usable URL' }) as Error,
      )
    },
  )

  it('stays at its host, whatever comes behind', () => {
    expect(new URL(render('https://hooks.test/{{ .Token.sub }}', '@evil.test/')).host).toBe('hooks.test')
    expect(new URL(render('https://hooks.test?{{ .Token.sub }}', '@evil.test/')).host).toBe('hooks.test')
  })
})
