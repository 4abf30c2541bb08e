import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Makers of graphics hardware by their PCI number. */
const vendors = { '0x10de': 'NVIDIA', '0x1002': 'AMD', '0x8086': 'Intel', '0x5143': 'Qualcomm' } as const
export type GraphicsVendor = (typeof vendors)[keyof typeof vendors]

/** Of the cards that Linux has a device file of; empty on a machine without any, and on other systems. */
export function findGraphicsVendors(root = '/sys/class/drm'): GraphicsVendor[] {
  let names: string[]
  try {
    names = readdirSync(root)
  } catch {
    return []
  }
  const found = names
    .filter((name) => /^card\d+$/.test(name))
    .flatMap((name) => vendorOf(join(root, name)) ?? [])
  return [...new Set(found)]
}

function vendorOf(dir: string): GraphicsVendor | null {
  try {
    const number = readFileSync(join(dir, 'device', 'vendor'), 'utf8').trim()
    return Object.entries(vendors).find(([known]) => known === number)?.[1] ?? null
  } catch {
    return null // a virtual card has none
  }
}
