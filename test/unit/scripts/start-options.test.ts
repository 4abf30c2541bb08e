import { describe, expect, it } from 'vitest'
import { hasDisplay, readStartArgs, whyNoWindow } from '../../../scripts/start-options.mjs'

describe('npm start', () => {
  it('hands each argument to whom it means something, with either spelling', () => {
    expect(readStartArgs(['--port', '8350', '--data-dir=/data/a=b', '--open'])).toEqual({
      help: false,
      headless: false,
      dataDir: '/data/a=b',
      hostArgs: ['--port=8350', '--data-dir=/data/a=b', '--open'],
      windowArgs: [],
    })
    expect(
      readStartArgs(['--data-dir', '/data', '--headless', '--force-device-scale-factor=2']),
    ).toMatchObject({
      headless: true,
      dataDir: '/data',
      windowArgs: ['--force-device-scale-factor=2'],
    })
    expect(readStartArgs(['--help']).help).toBe(true)
  })

  it('opens a window where there is a display and Electron, and says why where there is none', () => {
    const whole = { headless: false, display: true, electron: true, missing: 'no binary' }
    expect(whyNoWindow(whole)).toBeNull()
    expect(whyNoWindow({ ...whole, headless: true })).toBe('as asked for')
    expect(whyNoWindow({ ...whole, display: false })).toMatch(/no display/)
    expect(whyNoWindow({ ...whole, electron: false })).toBe('no binary')
  })

  it('sees the display of X, of Wayland, and that Windows and macOS always have one', () => {
    expect(hasDisplay({ platform: 'linux', env: {} })).toBe(false)
    expect(hasDisplay({ platform: 'linux', env: { DISPLAY: ':0' } })).toBe(true)
    expect(hasDisplay({ platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBe(true)
    expect(hasDisplay({ platform: 'win32', env: {} })).toBe(true)
    expect(hasDisplay({ platform: 'darwin', env: {} })).toBe(true)
  })
})
