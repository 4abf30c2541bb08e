import { expect } from '@playwright/test'
import { test } from './app-host.ts'
import { openPage } from './app-pages.ts'
import { lookAt } from './look-at.ts'

/** A device with memory of its own: WebGPU, by whatever driver of Vulkan is there. */

// The forecast's probes take a minute and a half on software Vulkan: too long for every run of the tests.
test.skip(
  !process.env['SPIN_STUDIO_DEVICE_TESTS'],
  'a minute and a half, and a driver of Vulkan: SPIN_STUDIO_DEVICE_TESTS=1 npx playwright test plan-device runs it',
)
test.use({ smallRuns: true })

test('the plan tells the memory of the device that is computed on beside the machine’s', async ({
  page,
  host,
}, info) => {
  test.setTimeout(300_000)
  await page.goto(host.url)
  await openPage(page, 'settings')
  const devices = page.getByRole('group', { name: 'Devices' })
  const webgpu = devices.getByRole('radio', { name: /^WebGPU/ })
  const name = await webgpu.evaluate((radio: HTMLInputElement) => radio.labels![0]!.textContent)
  await webgpu.click()
  await expect(webgpu).toBeChecked()
  await expect(devices.getByRole('status')).toContainText(`${name}. Chosen by you in Settings.`)
  await host.kill()
  await host.reopen(page)

  await openPage(page, `project/${host.projects?.planned}/plan`)
  const memory = page.getByRole('region', { name: 'Memory of the device' })
  await expect(memory).toBeVisible({ timeout: 120_000 })
  await expect(page.getByRole('region', { name: 'Memory of the machine' })).toContainText('Room left')
  await expect(memory).toContainText(name!)
  await expect(memory).toContainText('How much the device has is not known.')
  await expect(memory).toContainText('not measured')
  await expect(memory.getByRole('definition')).toHaveText([/^[\d.]+ MB$/, /^[\d.]+ MB$/, /^[\d.]+ MB$/])
  await lookAt(page, info, 'plan-device')
})
