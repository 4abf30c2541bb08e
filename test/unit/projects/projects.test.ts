import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { workstationPlan } from '../../../src/contract/presets.ts'
import { writeTinyModel } from '../model-folder/tiny-model.ts'
import { openProgram } from './project-fixture.ts'

const chatModel = {
  tokenizer: {
    bosToken: '<s>',
    eosToken: '</s>',
    chatTemplate:
      "{% for message in messages %}<s>{{ message['role'] }}\n{{ message['content'] }}</s>\n{% endfor %}{% if add_generation_prompt %}<s>assistant\n{% endif %}",
  },
}

async function modelAt(dir: string, licence = 'apache-2.0'): Promise<string> {
  mkdirSync(dir, { recursive: true })
  await writeTinyModel(dir, chatModel)
  writeFileSync(join(dir, 'README.md'), `---\nlicense: ${licence}\n---\n# A model\n`)
  return dir
}

test('a project that nobody named takes the name of its model, and keeps one that a person gave', async () => {
  const program = openProgram()
  const modelDir = await modelAt(join(program.home, 'Tiny-Chat'))
  const [first, second, third] = [await program.create(), await program.create(), await program.create()]
  expect(program.names().toSorted()).toEqual(['New project', 'New project 2', 'New project 3'])
  await program.rename(third, 'Helpdesk replies')
  for (const id of [first, second, third]) await program.chooseModel(id, modelDir)
  expect((await program.view(first)).name).toBe('Tiny-Chat')
  expect((await program.view(second)).name).toBe('Tiny-Chat 2')
  expect((await program.view(third)).name).toBe('Helpdesk replies')
  await program.chooseModel(first, await modelAt(join(program.home, 'Other-Chat')))
  expect((await program.view(first)).name).toBe('Other-Chat')
})

test('choosing a model keeps its card: licence, template with its special tokens apart, hash', async () => {
  const program = openProgram()
  const modelDir = await modelAt(join(program.home, 'Tiny-Chat'), 'other\nlicense_name: house-terms')
  const projectId = await program.create()
  const card = await program.chooseModel(projectId, modelDir)
  expect((await program.view(projectId)).draft).toMatchObject({ modelDir, model: card })
  expect(card).toMatchObject({ family: 'llama', layers: 2, license: 'house-terms', eosTokens: ['</s>'] })
  expect(card.template).toMatchObject({ source: 'tokenizer_config.json', takesSystem: true })
  const parts = card.template?.parts ?? []
  expect(parts.filter(({ special }) => special).map(({ text }) => text)).toEqual([
    '<s>',
    '</s>',
    '<s>',
    '</s>',
    '<s>',
    '</s>',
  ])
  expect(parts[1]).toEqual({ text: 'system\nYou answer in one short sentence.', special: false })
})

test('a broken folder is refused in words and changes nothing', async () => {
  const program = openProgram()
  const projectId = await program.create()
  await program.chooseModel(projectId, await modelAt(join(program.home, 'Tiny-Chat')))
  const before = await program.view(projectId)
  const broken = join(program.home, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'config.json'), '{"model_type": "mamba"}')
  await expect(program.chooseModel(projectId, broken)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' })
  await expect(program.chooseModel(projectId, join(program.home, 'nowhere'))).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
  const after = await program.view(projectId)
  expect(after.draft).toEqual(before.draft)
  expect(after.name).toBe(before.name)
})

test('another model drops the plan that was fitted to the one before', async () => {
  const program = openProgram()
  const projectId = await program.create()
  const first = await modelAt(join(program.home, 'first'))
  await program.chooseModel(projectId, first)
  const plan = workstationPlan({ parameters: 1e6, rows: 4000 })
  program.services.projects.updateDraft(projectId, (draft) => ({ ...draft, plan }))
  await program.chooseModel(projectId, first)
  expect((await program.view(projectId)).draft.plan).toEqual(plan)
  const second = join(program.home, 'second')
  mkdirSync(second)
  await writeTinyModel(second, { ...chatModel, dtype: 'BF16' })
  await program.chooseModel(projectId, second)
  expect((await program.view(projectId)).draft.plan).toBeNull()
})

test('a duplicate has the same choices, a folder and a name of its own', async () => {
  const program = openProgram()
  const projectId = await program.create('Helpdesk replies')
  await program.chooseModel(projectId, await modelAt(join(program.home, 'Tiny-Chat')))
  const copy = await program.duplicate(projectId)
  const [before, after] = [await program.view(projectId), await program.view(copy)]
  expect(after.name).toBe('Helpdesk replies 2')
  expect(after.draft).toEqual(before.draft)
  expect(after.dir).not.toBe(before.dir)
  expect(existsSync(after.dir)).toBe(true)
})

test('opening a project puts it first among the recent ones', async () => {
  const program = openProgram()
  const older = await program.create('Older')
  const newer = await program.create('Newer')
  program.app.store.touchProject(older, Date.now() - 60_000)
  program.app.store.touchProject(newer, Date.now() - 30_000)
  expect(program.names()).toEqual(['Newer', 'Older'])
  await program.view(older)
  expect(program.names()).toEqual(['Older', 'Newer'])
})
