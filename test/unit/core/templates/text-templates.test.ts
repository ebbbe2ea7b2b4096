import { expect, it, vi } from 'vitest'

it('has no engine before it is loaded, and the same one afterwards', async () => {
  vi.resetModules()
  const { loadTextTemplates, textTemplates } = await import('../../../../src/core/templates/text-templates.ts')
  expect(() => textTemplates()).toThrow('the engine of text templates is not loaded')
  await loadTextTemplates()
  const engine = textTemplates()
  await loadTextTemplates()
  expect(textTemplates()).toBe(engine)
  expect(() => engine.parseTextTemplate('{{')).toThrow(Error)
})

it.each([
  ['{"template": "{}"}', true],
  ['{"templateFile": "a.tpl"}', true],
  ['{"TEMPLATE": ""}', true],
  ['{"t\\u0065mplate": "{}"}', true],
  ['{"options": {"x509": {}}, "name": "template"}', true],
  ['{"templates": {}, "templateData": {}}', false],
])('%s may have text templates: %s', async (text, expected) => {
  const { mentionsTextTemplates } = await import('../../../../src/core/templates/text-templates.ts')
  expect(mentionsTextTemplates(text)).toBe(expected)
})
