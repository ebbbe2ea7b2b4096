import { describe, expect, it } from 'vitest'
import { createAudiences, fragmentOf } from '../../../../src/core/tokens/audience.ts'

const audiences = createAudiences(['ca.example.com', '::1'])

describe('audiences', () => {
  it.each([
    ['https://ca.example.com/1.0/sign'],
    ['https://ca.example.com/sign'],
    ['https://ca.example.com:8443/1.0/sign'],
    ['https://ca.example.com/ssh/sign'],
    ['https://[::1]/sign'],
    ['https://[::1]:443/sign'],
    ['step-certificate-authority'],
  ])('%s is for signing', (audience) => {
    expect(audiences.accepts('sign', ['x', audience], '')).toBe(true)
  })

  it.each([
    ['https://ca.example.com/1.0/renew'],
    ['http://ca.example.com/sign'],
    ['https://example.com/sign'],
    ['https://ca.example.com/sign/'],
    ['https://ca.example.com/sign?x'],
    ['https://u@ca.example.com/sign'],
    ['ca.example.com/sign'],
    [''],
  ])('%s is not', (audience) => {
    expect(audiences.accepts('sign', [audience], '')).toBe(false)
  })

  it('must carry exactly the fragment', () => {
    const audience = ['https://ca.example.com:1/sign#k8ssa/a%20b']
    expect(fragmentOf(audience)).toBe('k8ssa/a b')
    expect(['k8ssa/a b', '', 'k8ssa'].map((fragment) => audiences.accepts('sign', audience, fragment))).toEqual([
      true,
      false,
      false,
    ])
    expect(audiences.canonical('k8ssa/a b')).toBe('https://ca.example.com/1.0/sign#k8ssa/a%20b')
  })

  it('of any use are known, also those that nothing serves', () => {
    expect(audiences.acceptsAny(['https://ca.example.com/1.0/ssh/rekey'], '')).toBe(true)
    expect(audiences.acceptsAny(['https://ca.example.com/1.0/acme'], '')).toBe(false)
    expect(createAudiences(['::1']).canonical('x')).toBe('https://[::1]/1.0/sign#x')
  })

  it('have a fragment only in the first, and none in what is no URL', () => {
    expect([fragmentOf([]), fragmentOf(['a', 'b#c']), fragmentOf(['a#%zz']), fragmentOf(['a#b'])]).toEqual([
      '',
      '',
      '',
      'b',
    ])
  })
})
