import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { GpuLoad } from '../../contract/app/machine.ts'
import { checkWords } from '../../strings/machine.ts'

/** NVIDIA's own tool is asked, on every system where its driver brings it along. */

export interface NvidiaCard {
  name: string
  memoryBytes: number | null
  driver: string
  /** "8.9"; null = the driver does not say. */
  computeCapability: string | null
}

/** What asking gave: cards, or that the tool is not there, or that it is there and does not answer. */
export type NvidiaAnswer =
  | { kind: 'cards'; cards: NvidiaCard[] }
  | { kind: 'absent' }
  | { kind: 'failed'; message: string }

const mebibyte = 1024 * 1024
const cardFields = ['name', 'memory.total', 'driver_version', 'compute_cap']
const loadFields = ['name', 'utilization.gpu', 'memory.used', 'memory.total', 'temperature.gpu']

/** Lines of `--query-gpu=name,memory.total,driver_version,compute_cap --format=csv,noheader`; other lines are left out. */
export const parseCards = (csv: string): NvidiaCard[] =>
  rows(csv, cardFields.length).map(([name = '', memory = '', driver = '', capability = '']) => {
    const megabytes = numberIn(memory)
    return {
      name,
      memoryBytes: megabytes === null ? null : megabytes * mebibyte,
      driver,
      computeCapability: numberIn(capability) === null ? null : capability,
    }
  })

/** A line of `--query-gpu=name,utilization.gpu,memory.used,memory.total,temperature.gpu`; null = not such a line. */
export function parseLoad(line: string): GpuLoad | null {
  const [row] = rows(line, loadFields.length)
  if (!row) return null
  const [name = '', load = '', used = '', total = '', temperature = ''] = row
  const percent = numberIn(load)
  const [usedMegabytes, totalMegabytes] = [numberIn(used), numberIn(total)]
  return {
    name,
    load: percent === null ? null : Math.min(1, percent / 100),
    usedBytes: usedMegabytes === null ? null : usedMegabytes * mebibyte,
    totalBytes: totalMegabytes === null ? null : totalMegabytes * mebibyte,
    temperatureCelsius: numberIn(temperature),
  }
}

/** Messages of the tool ("No devices were found", "Failed to initialize NVML: …") have fewer fields than a card. */
const rows = (csv: string, fields: number): string[][] =>
  csv
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter((row) => row.length === fields && row[0] !== '')

/** "24564 MiB" → 24564; "[N/A]", "[Not Supported]" → null. */
function numberIn(field: string): number | null {
  const found = /^-?\d+(\.\d+)?/.exec(field)
  return found ? Number(found[0]) : null
}

export async function askCards(command = 'nvidia-smi', timeoutMs = 5000): Promise<NvidiaAnswer> {
  return new Promise((resolve) => {
    const args = [`--query-gpu=${cardFields.join(',')}`, '--format=csv,noheader']
    execFile(command, args, { timeout: timeoutMs, windowsHide: true }, (error, stdout) => {
      if (error && 'code' in error && error.code === 'ENOENT') return resolve({ kind: 'absent' })
      const cards = parseCards(stdout)
      if (!error) return resolve({ kind: 'cards', cards })
      const said = stdout.split('\n')[0]?.trim()
      const message = error.killed ? checkWords.driver.noAnswer(timeoutMs / 1000) : said || error.message
      resolve({ kind: 'failed', message })
    })
  })
}

export interface LoadWatch {
  /** The last load of each card; empty where the tool is missing or has not said anything yet. */
  loads(): GpuLoad[]
  end(): void
}

/** One process of the tool that says a line per card every two seconds: cheaper than a process per look. */
export function watchLoads(command = 'nvidia-smi', intervalMs = 2000): LoadWatch {
  const args = [
    `--query-gpu=index,${loadFields.join(',')}`,
    '--format=csv,noheader',
    `--loop-ms=${intervalMs}`,
  ]
  const cards = new Map<number, GpuLoad>()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true })
  child.on('error', () => cards.clear()) // not there: a machine without such a card
  child.on('exit', () => cards.clear())
  createInterface({ input: child.stdout }).on('line', (line) => {
    const comma = line.indexOf(',')
    const load = parseLoad(line.slice(comma + 1))
    const index = Number(line.slice(0, comma))
    if (load && Number.isInteger(index)) cards.set(index, load)
  })
  return {
    loads: () => [...cards].sort(([a], [b]) => a - b).map(([, load]) => load),
    end: () => void child.kill(),
  }
}
