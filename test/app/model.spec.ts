import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from './app-host.ts'
import { dropFiles } from './app-pages.ts'

const starter = fileURLToPath(new URL('../../resources/starter/model', import.meta.url))

test('a project gets its model: a broken folder is named, a typed path is chosen, its card and template are shown', async ({
  page,
  host,
}) => {
  const broken = join(host.dataDir, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'config.json'), '{"model_type": "mamba"}')
  await page.goto(host.url)
  await page.getByRole('button', { name: 'New project' }).click()
  await expect(page.getByRole('heading', { name: 'Model', exact: true })).toBeVisible()
  await page.getByLabel('Or type a path').fill(broken)
  await page.getByRole('button', { name: 'Use', exact: true }).click()
  await expect(page.getByRole('main').getByRole('alert')).toContainText('"mamba"', { timeout: 20_000 })

  await page.getByLabel('Or type a path').fill(starter)
  await page.getByRole('button', { name: 'Use', exact: true }).click()
  const card = page.getByRole('region', { name: 'Model card' })
  await expect(card).toContainText('0.57 million', { timeout: 20_000 })
  await expect(page.getByRole('figure', { name: /sample conversation/ })).toContainText('<|user|>')
  await expect(page.getByRole('region', { name: /^Fits this machine/ })).toContainText('LoRA adapter')
  await expect(page.getByRole('main').getByRole('alert')).toHaveCount(0)
  // Nobody named the project, so it is called like its model.
  await expect(page.getByRole('navigation').getByRole('heading', { name: 'Starter model' })).toBeVisible()
  await page.getByRole('button', { name: 'Continue to dataset' }).click()
  await expect(page.getByRole('heading', { name: 'Dataset', exact: true })).toBeVisible()
})

test('a dropped model folder is chosen where the host knows its path; a browser’s page says so and offers its own browser', async ({
  page,
  host,
}) => {
  const dir = join(host.dataDir, 'My model')
  cpSync(starter, dir, { recursive: true })
  const over = page.locator('.model-over')
  await page.goto(host.url)
  await page.getByRole('button', { name: 'New project' }).click()
  await expect(page.getByText('Drop a model folder here')).toBeVisible()
  await dropFiles(page, [join(dir, 'config.json')], over)
  await expect(page.getByRole('main').getByRole('alert')).toContainText(
    '“config.json” is a file. Drop the folder that it is in',
  )
  await dropFiles(page, [dir], over)
  const dialog = page.getByRole('dialog', { name: 'Choose a model folder' })
  const card = page.getByRole('region', { name: 'Model card' })
  await expect(dialog.or(card).first()).toBeVisible({ timeout: 20_000 })
  if (await dialog.isVisible()) {
    await expect(dialog).toContainText('A page in a browser is not told where “My model” lies.')
    await dialog.getByLabel('Path', { exact: true }).fill(host.dataDir)
    await page.keyboard.press('Enter')
    await dialog.getByRole('option', { name: /^My model Model/ }).dblclick()
  }
  await expect(card).toContainText('0.57 million', { timeout: 20_000 })
  await expect(page.getByRole('main').getByRole('alert')).toHaveCount(0)
  await expect(page.getByRole('main')).toContainText(dir)
})

test('the folder browser takes a path, arrows and Enter, and marks models', async ({ page, host }) => {
  await page.goto(host.url)
  await page.getByRole('button', { name: 'New project' }).click()
  await page.getByRole('main').getByRole('button', { name: 'Choose folder…' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Choose a model folder' })
  await dialog.getByLabel('Path', { exact: true }).fill(join(starter, '..'))
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('option', { name: /^model Model/ })).toBeVisible()
  await dialog.getByRole('listbox').focus()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('region', { name: 'Model card' })).toContainText('Llama', { timeout: 20_000 })
})

test('a project is renamed, duplicated and deleted, and the dialog names what goes', async ({
  page,
  host,
}) => {
  await page.goto(host.url)
  await page.getByRole('button', { name: 'New project' }).click()
  await page.getByRole('button', { name: 'Rename New project' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Helpdesk')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('navigation').getByRole('heading', { name: 'Helpdesk' })).toBeVisible()
  await page.getByRole('link', { name: 'Home' }).click()
  await page.getByRole('button', { name: 'More for Helpdesk' }).click()
  await page.getByRole('menuitem', { name: 'Duplicate' }).click()
  await expect(page.getByRole('navigation').getByRole('heading', { name: 'Helpdesk 2' })).toBeVisible()
  await page.getByRole('link', { name: 'Home' }).click()
  await page.getByRole('button', { name: 'More for Helpdesk 2' }).click()
  await page.getByRole('menuitem', { name: 'Delete…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete Helpdesk 2?' })
  await expect(dialog).toContainText('no run was started')
  await dialog.getByRole('button', { name: 'Delete project' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('row', { name: /Helpdesk 2/ })).toHaveCount(0)
  await expect(page.getByRole('row', { name: /Helpdesk/ })).toHaveCount(1)
})
