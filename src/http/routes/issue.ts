import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SignX509Request } from '../../authority/grant.ts'
import type { IssuedX509 } from '../../authority/issue-x509.ts'
import type { TlsSettings } from '../../config/tls-settings.ts'
import { parseTimeDuration } from '../../core/duration.ts'
import { SignetError, isSignetError } from '../../core/errors.ts'
import { readMembers, readParsed, readText, readWord, type JsonNode } from '../../core/json-reader.ts'
import type { Json } from '../../core/templates/template.ts'
import { certificatesToPem, type Certificate } from '../../core/x509/certificate.ts'
import { parseCertificateRequest, type CertificateRequest } from '../../core/x509/csr.ts'
import { decodeJson, undecodable } from '../decode-json.ts'
import { goJson } from '../../core/go-json.ts'
import { presentedCertificate } from '../peer-certificate.ts'
import { readBody } from '../request-body.ts'
import { contextOf, note } from '../request-event.ts'
import { createTurns } from '../turns.ts'
import { sendJson, type Route, type Surface } from './route.ts'

/** As many as keep the database busy while they are worked on: 4 give fewer certificates, 12 no more. */
const turn = createTurns(8)

const sign: Route['handle'] = async (request, response, surface) => {
  const text = await readBody(request)
  await turn()
  const body = parseSignBody(text)
  const issued = await surface.authority.signX509(body, contextOf(request, response))
  answerIssued(response, issued, surface)
}

const renew: Route['handle'] = async (request, response, surface) => {
  await turn()
  const credential = presentedCertificate(request) ?? renewToken(request)
  if (credential === undefined) throw bad('missing client certificate')
  const issued = await surface.authority.renewX509(credential, contextOf(request, response))
  answerIssued(response, issued, surface)
}

/** By mutual TLS alone, as in step-ca: a renew token says nothing about another key. */
const rekey: Route['handle'] = async (request, response, surface) => {
  const presented = presentedCertificate(request)
  if (presented === undefined) throw bad('missing client certificate')
  const text = await readBody(request)
  await turn()
  const csr = requiredCsr(decodeJson(text, readCsrMember))
  const issued = await surface.authority.rekeyX509(presented, csr, contextOf(request, response))
  answerIssued(response, issued, surface)
}

/** What stands behind `Bearer`; as in step-ca a certificate of the TLS peer comes before it. */
function renewToken({ headers }: IncomingMessage): { readonly token: string } | undefined {
  const [, ...rest] = (headers.authorization ?? '').split('Bearer ')
  return rest.length === 0 ? undefined : { token: rest.join('Bearer ') }
}

export const issueRoutes: readonly Route[] = [
  { method: 'post', path: '/sign', handle: sign },
  { method: 'post', path: '/renew', handle: renew },
  { method: 'post', path: '/re-sign', handle: renew },
  { method: 'post', path: '/rekey', handle: rekey },
]

/** The body of /sign, in step-ca's order of checks: the form of all of it first, then what is missing; `malformed`. */
export function parseSignBody(text: string): SignX509Request {
  const { csr: pem, ...fields } = decodeJson(text, readSignBody)
  const csr = requiredCsr(pem)
  if (fields.token === '') throw bad('missing ott')
  return { ...fields, csr }
}

/** To step-ca the CSR is a part of the JSON; a name that makes it unusable is told all the same. */
function requiredCsr(pem: string): CertificateRequest {
  if (pem === '') throw bad('missing csr')
  try {
    return parseCertificateRequest(pem)
  } catch (error) {
    if (isSignetError(error) && error.reason === 'NameNotAllowed') throw error
    throw undecodable(error)
  }
}

function readCsrMember(node: JsonNode): string {
  const csr = readMembers(node, ['csr'], 'as Go').get('csr')
  return csr === undefined ? '' : readText(csr)
}

const signMembers = ['csr', 'ott', 'notBefore', 'notAfter', 'templateData', 'signet']

function readSignBody(node: JsonNode) {
  const members = readMembers(node, signMembers, 'as Go')
  const [csr, ott, notBefore, notAfter, templateData, signet] = signMembers.map((name) => members.get(name))
  const from = notBefore && readParsed(notBefore, parseTimeDuration, undefined)
  const until = notAfter && readParsed(notAfter, parseTimeDuration, undefined)
  return {
    csr: csr === undefined ? '' : readText(csr),
    token: ott === undefined ? '' : readText(ott),
    ...(from === undefined ? {} : { notBefore: from }),
    ...(until === undefined ? {} : { notAfter: until }),
    // Only JSON comes here.
    ...(templateData === undefined ? {} : { templateData: templateData.value as Json }),
    ...(signet === undefined ? {} : readExtension(signet)),
  }
}

function readExtension(node: JsonNode): Pick<SignX509Request, 'certificate'> {
  const certificate = readMembers(node, ['certificate'], 'exact').get('certificate')
  if (certificate === undefined) return {}
  const members = readMembers(certificate, ['namespace', 'name', 'uid'], 'exact')
  const word = (name: string): string => readWord(members.need(name))
  return { certificate: { namespace: word('namespace'), name: word('name'), uid: word('uid') } }
}

function bad(message: string): SignetError {
  return new SignetError('malformed', message, { reason: 'BadRequest' })
}

function answerIssued(response: ServerResponse, { chain, record }: IssuedX509, { tls }: Surface): void {
  note(response, {
    serial: record.serial,
    provisioner: record.provisioner.name,
    issuedTo: record.issuedTo,
    rule: record.rule,
    notAfter: new Date(record.notAfter).toISOString(),
  })
  const [leaf, ...issuers] = chain
  const crt = goJson(certificatesToPem(leaf))
  const others = issuers.map(issuerJson)
  const certChain = [crt, ...others].join(',')
  const tlsOptions = tlsOptionsJson(tls)
  sendJson(
    response,
    201,
    `{"crt":${crt},"ca":${others[0] ?? 'null'},"certChain":[${certChain}],"tlsOptions":${tlsOptions}}\n`,
  )
}

/** What stays the same from answer to answer as long as a configuration is in force, encoded once. */
const issuerJson = encodedOnce((issuer: Certificate) => certificatesToPem(issuer))
const tlsOptionsJson = encodedOnce(({ cipherSuites, minVersion, maxVersion, renegotiation }: TlsSettings) => {
  return { cipherSuites, minVersion, maxVersion, renegotiation }
})

function encodedOnce<Source extends object>(valueOf: (source: Source) => unknown): (source: Source) => string {
  const encoded = new WeakMap<Source, string>()
  return (source) => {
    const json = encoded.get(source) ?? goJson(valueOf(source))
    encoded.set(source, json)
    return json
  }
}
