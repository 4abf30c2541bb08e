import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { placeWindow, readWindowState, writeWindowState } from '../../../src/main/shell/window-state.ts'
import { folderOfTest } from '../../temp-folder.ts'

const display = (x: number, y: number, width: number, height: number) => ({
  workArea: { x, y, width, height },
})
const full = display(0, 0, 1920, 1080)
const saved = { x: 100, y: 60, width: 1300, height: 900, maximised: false }

describe('placeWindow', () => {
  it('opens where it was closed', () => {
    expect(placeWindow(saved, [full])).toEqual(saved)
  })
  it('opens at 1440 × 900 where the system puts it, at the first start', () => {
    expect(placeWindow(null, [full])).toEqual({ width: 1440, height: 900, maximised: false })
  })
  it('comes back to a display that is there when its own is gone', () => {
    const onSecond = { ...saved, x: 2000 }
    expect(placeWindow(onSecond, [full, display(1920, 0, 1920, 1080)])).toMatchObject({ x: 2000 })
    expect(placeWindow(onSecond, [full])).not.toHaveProperty('x')
  })
  it('does not open with its title bar above the display or with only a sliver in sight', () => {
    expect(placeWindow({ ...saved, y: -30 }, [full])).not.toHaveProperty('x')
    expect(placeWindow({ ...saved, x: 1800 }, [full])).not.toHaveProperty('x')
  })
  it('fits a smaller display, and stays usable on a very small one', () => {
    const large = { ...saved, x: 0, y: 0, width: 3000, height: 2000 }
    expect(placeWindow(large, [display(0, 0, 1366, 768)])).toMatchObject({ width: 1366, height: 768 })
    expect(placeWindow(large, [display(0, 0, 800, 600)])).toMatchObject({ width: 960, height: 640 })
  })
  it('stays maximised where its place is gone', () => {
    expect(placeWindow({ ...saved, x: 9000, maximised: true }, [full]).maximised).toBe(true)
  })
})

describe('window.json', () => {
  function folder(): string {
    const dir = folderOfTest('window')
    return dir
  }
  it('is read as it was written, and leaves no temporary file', () => {
    const dir = folder()
    writeWindowState(dir, saved)
    expect(readWindowState(dir)).toEqual(saved)
    expect(readdirSync(dir)).toEqual(['window.json'])
  })
  it.each(['', '{"x":1}', '{"x":"1e999"}', '[]'])('counts as none when it is damaged: %j', (text) => {
    const dir = folder()
    expect(readWindowState(dir)).toBeNull()
    writeFileSync(join(dir, 'window.json'), text)
    expect(readWindowState(dir)).toBeNull()
  })
})
