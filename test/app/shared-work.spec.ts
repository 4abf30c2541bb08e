import { expect } from '@playwright/test'
import { test } from './app-host.ts'
import { lookAt, sizes } from './look-at.ts'

test('engines that share the work are chosen in Settings, and kept where there are two', async ({
  page,
  host,
}, info) => {
  await page.goto(host.url)
  await page.getByRole('link', { name: /^Settings/ }).click()
  const row = page.getByRole('group', { name: 'Shared work' })
  const engines = row.getByLabel('Engines on the processor')
  await expect(engines).toHaveValue('0')
  await expect(row.getByRole('status')).toHaveText('One device does all.')
  await engines.fill('2')
  await expect(row.getByRole('status')).toHaveText('2 engines share the work.')
  await row.scrollIntoViewIfNeeded()
  await lookAt(page, info, 'shared-work', sizes.slice(0, 1))
  await page.reload()
  await expect(engines).toHaveValue('2')
  await engines.fill('1')
  await expect(row.getByRole('status')).toHaveText('One device does all.')
  await page.reload()
  await expect(engines).toHaveValue('0')
})
