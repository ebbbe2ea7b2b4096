import { describe, expect, it } from 'vitest'
import { typeNames } from '../../../../src/core/names/parse.ts'
import { namesToJson, readCertificateJson } from '../../../../src/core/templates/certificate-json.ts'
import { certificateTemplate, leafTemplate, renderTemplate } from '../../../../src/core/templates/template.ts'

const names = typeNames(['a.b', '10.0.0.1', 'a@b.c', 'https://u/'])
const data = {
  Subject: { commonName: 'a.b', organization: ['o'] },
  SANs: namesToJson(names),
  KeyUsage: ['digitalSignature'],
  ExtKeyUsage: ['clientAuth'],
  BasicConstraints: { isCA: true, maxPathLen: 0 },
}

describe('templates', () => {
  it('render to step’s certificate JSON', () => {
    expect(renderTemplate(leafTemplate, data)).toEqual({
      subject: { commonName: 'a.b', organization: ['o'] },
      sans: [
        { type: 'dns', value: 'a.b' },
        { type: 'ip', value: '10.0.0.1' },
        { type: 'email', value: 'a@b.c' },
        { type: 'uri', value: 'https://u/' },
      ],
      keyUsage: ['digitalSignature'],
      extKeyUsage: ['serverAuth', 'clientAuth'],
    })
  })

  it('give null for a variable that does not exist', () => {
    expect(renderTemplate([{ $: 'constructor' }, { $: 'Subject' }, 1], data)).toEqual([null, data.Subject, 1])
  })

  it('are read back', () => {
    expect(readCertificateJson(renderTemplate(certificateTemplate, data))).toEqual({
      subject: { commonName: 'a.b', organization: ['o'] },
      names,
      keyUsage: ['digitalSignature'],
      extKeyUsage: ['clientAuth'],
      basicConstraints: { isCA: true, pathLength: 0 },
    })
    expect(readCertificateJson({})).toEqual({ subject: {}, names: typeNames([]), keyUsage: [], extKeyUsage: [] })
  })

  it('may have texts in place of lists, a text as subject and names to be typed', () => {
    const json = { subject: 'a', sans: [{ type: 'auto', value: '::1' }], keyUsage: 'certSign', extKeyUsage: '1.2.3' }
    expect(readCertificateJson(json)).toEqual({
      subject: { commonName: 'a' },
      names: { dns: [], ips: ['::1'], emails: [], uris: [] },
      keyUsage: ['certSign'],
      extKeyUsage: ['1.2.3'],
    })
  })

  it('are refused with all faults', () => {
    expect(() => readCertificateJson({ subject: { x: 1 }, keyUsage: ['all'], serialNumber: 1 })).toThrow(
      'certificate template.serialNumber is not known; certificate template.subject.x is not known; certificate template.keyUsage[0] must be one of digitalSignature, contentCommitment, keyEncipherment, dataEncipherment, keyAgreement, certSign, crlSign, encipherOnly, decipherOnly',
    )
  })
})
