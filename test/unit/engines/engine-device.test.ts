import { expect, it } from 'vitest'
import { engineDevices } from '../../../src/main/engines/engine-device.ts'

it('engines on the processor divide its cores; a card is named by its number', () => {
  const devices = engineDevices(['cpu', 'cuda:1', 'cpu'], { cores: 8, env: {} })
  expect(devices.map(({ name }) => name)).toEqual(['cpu 1', 'cuda:1', 'cpu 2'])
  expect(devices.map(({ env }) => env)).toMatchObject([
    { SPIN_STUDIO_BACKEND: 'onnxruntime', SPIN_STUDIO_THREADS: '4' },
    { SPIN_STUDIO_BACKEND: 'cuda', CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: '1' },
    { SPIN_STUDIO_BACKEND: 'onnxruntime', SPIN_STUDIO_THREADS: '4' },
  ])
  expect(devices[1]!.env).not.toHaveProperty('SPIN_STUDIO_THREADS')
  const many = engineDevices(['cpu', 'cpu', 'cpu'], { cores: 2, env: {} })
  expect(many.map(({ env }) => env['SPIN_STUDIO_THREADS'])).toEqual(['1', '1', '1'])
  const told = engineDevices(['cpu', 'cpu'], { cores: 8, env: { SPIN_STUDIO_THREADS: '3' } })
  expect(told[0]!.env['SPIN_STUDIO_THREADS']).toBe('3')
})

it('other names are refused with those that there are', () => {
  for (const name of ['gpu', 'cpu:1', 'onnxruntime', 'cuda', ''])
    expect(() => engineDevices([name])).toThrow(/Expected devices as cpu, webgpu/)
})
