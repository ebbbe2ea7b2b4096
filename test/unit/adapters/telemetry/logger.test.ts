import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../src/adapters/telemetry/logger.ts'
import { SignetError } from '../../../../src/core/errors.ts'

function capture() {
  const lines: string[] = []
  const log = createLogger('authority', 'info', { write: (line) => lines.push(line) })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> }
}

const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ3ZWIifQ.c2lnbmF0dXJl'
const privateKey = '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----'

describe('logger', () => {
  it('writes one JSON line with level, time and process', () => {
    const { log, lines, last } = capture()
    log.info({ requestId: 'r-1' }, 'request')
    log.debug({}, 'not at this level')
    expect(lines).toHaveLength(1)
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      process: 'authority',
      requestId: 'r-1',
      msg: 'request',
    })
  })

  it.each(['ott', 'token', 'authorization', 'password', 'privateKey', 'encryptedKey', 'data', 'stringData'])(
    'redacts %s wherever it stands',
    (name) => {
      const { log, lines } = capture()
      log.info({ [name]: 'hush', request: { [name]: 'hush' } }, 'leak')
      log.info({ error: Object.assign(new Error('refused'), { [name]: 'hush' }) }, 'leak')
      log.info({ err: Object.assign(new Error('refused'), { [name]: 'hush' }) }, 'leak')
      expect(lines.join()).not.toContain('hush')
      expect(lines.join()).toContain('"[redacted]"')
    },
  )

  it('says nothing of a secret that is not there', () => {
    const { log, lines, last } = capture()
    const fields = { token: undefined, request: { path: '/sign' } }
    log.info(fields, 'request')
    expect(last()).toMatchObject({ request: { path: '/sign' } })
    expect(lines.join()).not.toContain('token')
  })

  it('describes an expected error by code and reason, without a stack', () => {
    const { log, last } = capture()
    const cause = new SignetError('malformed', 'inner')
    log.warn(
      { err: new SignetError('unauthorized', 'the token is expired', { reason: 'TokenExpired', cause }) },
      'refused',
    )
    expect(last()['err']).toEqual({
      message: 'the token is expired',
      code: 'unauthorized',
      reason: 'TokenExpired',
      cause: { message: 'inner', code: 'malformed' },
    })
  })

  it('gives the stack of an error that nobody expected', () => {
    const { log, last } = capture()
    log.error({ err: new TypeError('x is not a function') }, 'failed')
    expect(last()['err']).toMatchObject({ message: 'x is not a function', stack: expect.stringContaining('TypeError') })
  })

  it('keeps them out of every other field, also where they are cut off', () => {
    const { log, lines, last } = capture()
    log.info({ path: `/1.0/root/${jwt}`, userAgent: jwt.slice(0, 32), list: [privateKey], more: 'kept' }, jwt)
    expect(lines.join()).not.toMatch(/eyJ|MHcC/)
    expect(last()).toMatchObject({
      path: '/1.0/root/[redacted]',
      userAgent: '[redacted]',
      list: ['[redacted]'],
      more: 'kept',
      msg: '[redacted]',
    })
  })

  it('keeps tokens and private keys out of error texts, causes and things that are no errors', () => {
    const { log, lines } = capture()
    log.error({ err: new Error(`bad ${jwt} here`, { cause: new Error(privateKey) }) }, 'failed')
    log.error({ err: `${jwt} ${privateKey.slice(0, 45)}` }, 'failed')
    expect(lines.join()).not.toMatch(/eyJ|MHcC/)
    expect(lines.join()).toContain('bad [redacted] here')
  })
})
