import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { appContract, type AppContract } from '../../../src/contract/app.ts'
import { connect, type Client } from '../../../src/ipc/client.ts'
import { createPortWire } from '../../../src/ipc/port-wire.ts'
import { serve } from '../../../src/ipc/server.ts'
import { composeApp, type ComposedApp } from '../../../src/main/compose-app.ts'
import { browserHost } from '../../../src/main/host-services.ts'

/** The composed app as a browser's page has it, over a real wire, with its real engine. */
let dataDir: string
let app: ComposedApp
let client: Client<AppContract>

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'browser-host-'))
  app = composeApp(dataDir, browserHost)
  const { port1, port2 } = new MessageChannel()
  serve(createPortWire(port1), appContract, app.handlers)
  client = connect<AppContract>(createPortWire(port2))
  await client.ready
})
afterAll(async () => {
  client.close()
  await app.dispose()
  rmSync(dataDir, { recursive: true })
})

it('says that a browser has no dialogs, menu and notices of its own, and where things lie', async () => {
  expect(await client.call('host', {})).toMatchObject({
    kind: 'browser',
    dialogs: false,
    opensFolders: false,
    notifies: false,
    keepsAwake: false,
    menu: false,
    dataDir,
    projectsDir: join(dataDir, 'projects'),
  })
  const onlyDesktop = { code: 'BAD_INPUT', message: expect.stringContaining('desktop window alone') }
  await expect(client.call('chooseFolder', { title: 'Model' })).rejects.toMatchObject(onlyDesktop)
  await expect(client.call('chooseFiles', { title: 'Rows' })).rejects.toMatchObject(onlyDesktop)
  await expect(client.call('openPath', { path: dataDir })).rejects.toMatchObject(onlyDesktop)
  expect(await client.call('showMenu', {})).toEqual({})
})

it('lists folders for the page’s own browser', async () => {
  const { entries, places } = await client.call('listFolder', { path: dataDir })
  expect(entries.map(({ name }) => name)).toContain('app.sqlite')
  expect(places.map(({ label }) => label)).toContain('Home')
})

it('checks the machine to its end, the engine started', async () => {
  const last = new Map<string, string>()
  for await (const { id, state } of client.stream('machineCheck', {})) last.set(id, state)
  expect([...last.keys()]).toContain('engine')
  expect(last.get('engine')).toBe('ok')
  expect([...last.values()]).not.toContain('running')
})

it('sends preferences whenever they change, and makes new projects where they say', async () => {
  const leave = new AbortController()
  const seen: string[] = []
  for await (const { colorScheme } of client.stream('preferences', {}, { signal: leave.signal, window: 1 })) {
    seen.push(colorScheme)
    if (seen.length === 1) await client.call('setPreferences', { colorScheme: 'dark' })
    else break
  }
  expect(seen).toEqual(['system', 'dark'])

  const projectsDir = join(dataDir, 'other disk')
  await client.call('setPreferences', { projectsDir })
  const { projectId } = await client.call('createProject', { name: 'Helpdesk' })
  for await (const { dir } of client.stream('project', { projectId })) {
    expect(dir).toBe(join(projectsDir, 'helpdesk'))
    break
  }
})

it('measures memory and disk for the status bar', async () => {
  for await (const { memoryBytes, freeDiskBytes } of client.stream('telemetry', {})) {
    expect(memoryBytes).toBeGreaterThan(0)
    expect(freeDiskBytes).toBeGreaterThan(0)
    break
  }
})

it('names versions and the licence of the program', async () => {
  const about = await client.call('about', {})
  expect(about.licence).toBe('Apache-2.0')
  expect(about.licenceText).toContain('Apache License')
  expect(Object.keys(about.versions)).toEqual(
    expect.arrayContaining(['spin-studio', 'node', 'onnxruntime-node']),
  )
})

it('keeps a report when the engine is killed, and deletes it when asked', async () => {
  await client.call('engine', {})
  process.kill(app.services.app.enginePid()!, 'SIGKILL')
  await expect
    .poll(async () => (await client.call('crashReports', {})).reports.map(({ summary }) => summary))
    .toEqual(['Engine ended with signal SIGKILL'])
  expect(await client.call('deleteCrashReports', {})).toEqual({ deleted: 1 })
  expect((await client.call('engine', {})).threads).toBeGreaterThan(0)
})
