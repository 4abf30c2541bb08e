import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect } from '@playwright/test'
import { makePackage, providerBytes, type ServedNuget, startNuget } from '../unit/cuda-setup/nuget-server.ts'
import { runtimeVersion } from '../../src/main/cuda-setup/provider-package.ts'
import { programFiles } from '../../src/main/program-files.ts'
import { test } from './app-host.ts'
import { lookAt, sizes } from './look-at.ts'

/** A machine with a card, as far as nvidia-smi says, and a NuGet of our own: no machine of the developers has either. */

test.skip(process.platform !== 'linux' || process.arch !== 'x64', 'the provider is of Linux x64 alone')

const version = runtimeVersion(programFiles.engineEntry)
const before = { ...process.env }
let bin: string
let nuget: ServedNuget

test.beforeAll(async () => {
  bin = mkdtempSync(join(tmpdir(), 'cuda-spec-'))
  writeFileSync(
    join(bin, 'nvidia-smi'),
    '#!/bin/sh\ncase "$*" in *loop-ms*) exec sleep 600;; esac\necho "NVIDIA GeForce RTX 4090, 24564 MiB, 570.86, 8.9"\n',
    { mode: 0o755 },
  )
  nuget = await startNuget(makePackage(), version)
  process.env['PATH'] = `${bin}${delimiter}${process.env['PATH']}`
  process.env['SPIN_STUDIO_NUGET'] = nuget.indexUrl
})
test.afterAll(async () => {
  process.env = before
  await nuget.close()
  rmSync(bin, { recursive: true })
})

test('CUDA is set up by a button: size and licence first, cancelled and gone on with, then it is there', async ({
  page,
  host,
}, info) => {
  await page.goto(host.url)
  await page.getByRole('link', { name: /^Settings/ }).click()
  const devices = page.getByRole('group', { name: 'Devices' })
  await expect(devices.getByRole('radio', { name: 'NVIDIA GeForce RTX 4090' })).toBeDisabled()
  expect(nuget.starts).toEqual([])
  await devices.getByRole('button', { name: 'Set up CUDA…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Set up CUDA' })
  await expect(dialog.getByText(`Microsoft.ML.OnnxRuntime.Gpu.Linux ${version}`)).toBeVisible()
  await expect(dialog.getByText('MIT', { exact: true })).toBeVisible()
  await lookAt(page, info, 'cuda-dialog', sizes.slice(0, 1))
  expect(nuget.starts).toEqual([])
  nuget.stallAfter(2_000_000)
  await page.getByRole('button', { name: /^Fetch \d/ }).click()
  await expect(devices.getByText(/Fetching .*, 2\.\d MB of 4\.\d MB/)).toBeVisible({ timeout: 20_000 })
  await devices.getByRole('progressbar').scrollIntoViewIfNeeded()
  await lookAt(page, info, 'cuda-progress', sizes.slice(0, 1))
  await devices.getByRole('button', { name: 'Cancel' }).click()
  await devices.getByRole('button', { name: 'Set up CUDA…' }).click()
  await expect(page.getByText(/MB of them fetched already/)).toBeVisible()
  await page.getByRole('button', { name: /^Fetch \d/ }).click()
  await expect.poll(() => existsSync(join(host.dataDir, 'cuda', version)), { timeout: 30_000 }).toBe(true)
  await expect(devices.getByRole('progressbar')).toBeHidden({ timeout: 30_000 })
  await expect(devices.getByRole('button', { name: 'Set up CUDA…' })).toBeHidden()
  for (const name of Object.keys(providerBytes))
    expect(existsSync(join(host.dataDir, 'cuda', version, name))).toBe(true)
  expect(nuget.starts[1]).toBeGreaterThanOrEqual(1_000_000)
})
