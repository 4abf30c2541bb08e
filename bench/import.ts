import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sqlText, withDuckDb } from '../src/engine/data/duckdb-session.ts'
import { importDataset } from '../src/engine/data/import-dataset.ts'
import { below, hash32 } from '../src/engine/tensor/random.ts'
import { type Bench, bestOf } from './bench.ts'
import { figure, type Figure } from './figure.ts'

const words =
  'the model reads one long answer and then another while a small machine waits for its next number to arrive'.split(
    ' ',
  )
const text = (count: number, seed: number): string =>
  Array.from({ length: count }, (_, i) => words[below(words.length, hash32(seed, i))]).join(' ')

/** Import of chat rows (`messages`, one question of 16 words and an answer of 48), from source file to Parquet. */
export async function* benchImport(bench: Bench): AsyncGenerator<Figure> {
  const rows = bench.quick ? 10_000 : 100_000
  const jsonl = join(bench.scratchDir, 'chats.jsonl')
  const parquet = join(bench.scratchDir, 'chats.parquet')
  await writeChats(jsonl, rows)
  await withDuckDb((connection) =>
    connection.run(
      `COPY (SELECT * FROM read_json(${sqlText(jsonl)})) TO ${sqlText(parquet)} (FORMAT parquet)`,
    ),
  )
  for (const [kind, source] of [
    ['JSONL', jsonl],
    ['Parquet', parquet],
  ] as const) {
    const outDir = join(bench.scratchDir, 'imported')
    const bytes = (await stat(source)).size
    const { bestMs, spread, samples } = await bestOf(bench, async () => {
      await rm(outDir, { recursive: true, force: true }) // a finished import would be returned as it is
      for await (const event of importDataset({ sources: [source], outDir })) {
        if (event.kind !== 'done') continue
        if (event.trainRows + event.testRows !== rows)
          throw new Error(
            `expected ${rows} rows imported from ${source}, found ${event.trainRows + event.testRows}`,
          )
      }
    })
    yield figure('import', {
      name: `${kind}, ${rows.toLocaleString('en-US')} rows`,
      value: (rows / bestMs) * 1000,
      unit: 'rows/s',
      spread,
      samples,
      note: `${(bytes / bestMs / 1000).toFixed(1)} MB/s of source`,
    })
  }
}

async function writeChats(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path)
  for (let i = 0; i < rows; i++) {
    const messages = [
      { role: 'user', content: `${i}: ${text(16, 2 * i)}?` },
      { role: 'assistant', content: `${text(48, 2 * i + 1)}.` },
    ]
    if (!file.write(JSON.stringify({ messages }) + '\n')) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
}
