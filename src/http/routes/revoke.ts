import type { IncomingMessage } from 'node:http'
import type { RevokeX509Request } from '../../authority/revoke-x509.ts'
import { SignetError } from '../../core/errors.ts'
import { readFlag, readInteger, readMembers, readText, type JsonNode } from '../../core/json-reader.ts'
import { parseSerial } from '../../core/x509/serial.ts'
import { decodeJson } from '../decode-json.ts'
import { encodeGoJson } from '../../core/go-json.ts'
import { presentedCertificate } from '../peer-certificate.ts'
import { readBody } from '../request-body.ts'
import { contextOf, note } from '../request-event.ts'
import { sendJson, type Route } from './route.ts'

const done = encodeGoJson({ status: 'ok' })

const revoke: Route['handle'] = async (request, response, { authority }) => {
  const { token, serial, reasonCode, reason } = parseRevokeBody(await readBody(request))
  const credential = credentialOf(request, token)
  note(response, { serial, reasonCode, reason, credential: credential.kind })
  await authority.revokeX509({ serial, reasonCode, reason, credential }, contextOf(request, response))
  sendJson(response, 200, done)
}

export const revokeRoutes: readonly Route[] = [{ method: 'post', path: '/revoke', handle: revoke }]

type RevokeBody = Pick<RevokeX509Request, 'serial' | 'reasonCode' | 'reason'> & {
  /** Empty: the certificate of the TLS peer is the credential. */
  readonly token: string
}

/** The body of /revoke; `malformed`, or `not-implemented` for what step-ca does not do either. */
export function parseRevokeBody(text: string): RevokeBody {
  const body = decodeJson(text, readRevokeBody)
  return { token: body.token, ...checkBody(body) }
}

function readRevokeBody(node: JsonNode): RevokeBody & { readonly passive: boolean } {
  const members = readMembers(node, ['serial', 'ott', 'reasonCode', 'reason', 'passive'], 'as Go')
  const text = (name: string): string => {
    const member = members.get(name)
    return member === undefined ? '' : readText(member)
  }
  const [reasonCode, passive] = [members.get('reasonCode'), members.get('passive')]
  return {
    serial: text('serial'),
    token: text('ott'),
    reasonCode:
      reasonCode === undefined ? 0 : readInteger(reasonCode, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    reason: text('reason'),
    passive: passive !== undefined && readFlag(passive),
  }
}

/** CRLReason of RFC 5280 §5.3.1 ends with aACompromise. */
const lastReasonCode = 10

/** It is logged, stored, and read again for each list. */
const maximumReasonOctets = 1024

/** In step-ca's order. */
function checkBody({ serial: text, reasonCode, reason, passive }: ReturnType<typeof readRevokeBody>) {
  if (text === '') throw bad('missing serial')
  const serial = parseSerial(text)
  if (serial === undefined) {
    throw bad(
      `'${text}' is not a valid serial number - use a base 10 representation or a base 16 representation with '0x' prefix`,
    )
  }
  if (Buffer.byteLength(reason) > maximumReasonOctets) throw bad(`reason is longer than ${maximumReasonOctets} bytes`)
  if (reasonCode < 0 || reasonCode > lastReasonCode) throw bad('reasonCode out of bounds')
  if (!passive) {
    throw new SignetError('not-implemented', 'non-passive revocation not implemented', { reason: 'BadRequest' })
  }
  return { serial, reasonCode, reason }
}

/** A token comes before a certificate. */
function credentialOf(request: IncomingMessage, token: string): RevokeX509Request['credential'] {
  if (token !== '') return { kind: 'token', token }
  const presented = presentedCertificate(request)
  if (presented !== undefined) return { kind: 'certificate', presented }
  throw bad('missing ott or client certificate')
}

function bad(message: string): SignetError {
  return new SignetError('malformed', message, { reason: 'BadRequest' })
}
