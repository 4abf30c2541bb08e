import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PairRow } from '../../contract/chat.ts'
import { GatherRequest } from '../../contract/engine.ts'
import type { GatherResult, PairAudit } from '../../contract/engine.ts'
import { AppError } from '../../contract/errors.ts'
import { fileError } from './atomic-file.ts'
import { pairRowOf } from './dataset-rows.ts'
import { listFractionFiles } from './fraction-files.ts'
import { PairAuditor, assertGates, auditWarnings } from './pair-audit.ts'
import { openRowSpool, publishParquet } from './parquet-writer.ts'
import type { RowSpool } from './parquet-writer.ts'
import { LineScanner, readRecords } from './record-reader.ts'
import { pairContentLine } from './row-identity.ts'
import { RowProblem } from './validate-row.ts'
import { engineLogWords } from '../../strings/engine-log.ts'

export const trainPairsName = 'train_prefs-00000-of-00001.parquet'
export const testPairsName = 'test_prefs-00000-of-00001.parquet'

/**
 * Joins the fractions of `inputDir` to pair files under the names of the official repository (spin/convert_data.py),
 * without its duplicates and with every test fraction. The train pairs must pass the gates before anything is written.
 * Errors: FRACTION_MISSING, FRACTION_MISMATCH, FILE_UNREADABLE, GATE_EQUAL_PAIRS, GATE_CAPPED, GATE_EMPTY.
 */
export async function gatherPairs(input: GatherRequest, signal?: AbortSignal): Promise<GatherResult> {
  const parsed = GatherRequest.safeParse(input)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new AppError(
      'BAD_INPUT',
      `Gather request: ${issue?.path.join('.')}: ${issue?.message}. Correct this setting.`,
    )
  }
  const { inputDir, outDir, numFracs, gates } = parsed.data
  const files = await listFractionFiles(inputDir, numFracs)
  await mkdir(outDir, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, outDir, 'write')
  })
  const trainPath = join(outDir, trainPairsName)
  const testPath = join(outDir, testPairsName)
  const train = await openRowSpool(`${trainPath}.rows.tmp`)
  const test = await openRowSpool(`${testPath}.rows.tmp`)
  try {
    const digest = createHash('sha256')
    const trainIds = new Set<string>()
    const testIds = new Set<string>()
    const trainAudit = await collect(files.train, train, trainIds, digest, signal)
    if (trainAudit.rows === 0) {
      throw new AppError(
        'DATASET_EMPTY',
        `Expected rows in the fractions of ${inputDir}, found none. Generate again.`,
      )
    }
    assertGates(trainAudit, gates)
    digest.update('test\n')
    const testAudit =
      files.test.length === 0 ? null : await collect(files.test, test, testIds, digest, signal)
    const warnings = [
      ...auditWarnings(trainAudit, engineLogWords.pairs.train),
      ...(testAudit === null ? [] : auditWarnings(testAudit, engineLogWords.pairs.test)),
      ...overlapWarnings(trainIds, testIds),
      ...(testAudit === null ? await staleWarnings(testPath) : []),
    ]
    if (testAudit !== null) await publishParquet({ path: testPath, kind: 'pairs', spools: [test] })
    await publishParquet({ path: trainPath, kind: 'pairs', spools: [train] })
    return {
      kind: 'done',
      trainPath,
      testPath: testAudit === null ? null : testPath,
      train: trainAudit,
      test: testAudit,
      sha256: digest.digest('hex'),
      warnings,
    }
  } finally {
    await Promise.all([train.discard(), test.discard()])
  }
}

async function collect(
  paths: readonly string[],
  spool: RowSpool,
  ids: Set<string>,
  digest: Hash,
  signal: AbortSignal | undefined,
): Promise<PairAudit> {
  const auditor = new PairAuditor()
  for (const path of paths) {
    for await (const { records } of readRecords(path, new LineScanner())) {
      if (signal?.aborted) throw new AppError('CANCELLED', 'Gathering was cancelled; nothing was written.')
      for (const record of records) {
        if (!('text' in record)) throw brokenLine(path, record.row, record.detail)
        if (record.text.trim() === '') continue
        const pair = pairOfLine(path, record.row, record.text)
        if (ids.has(pair.id)) {
          auditor.addDuplicate()
          continue
        }
        ids.add(pair.id)
        auditor.add(pair)
        digest.update(pairContentLine(pair))
        spool.append(pair)
      }
      await spool.drain()
    }
  }
  await spool.close()
  return auditor.result()
}

function pairOfLine(path: string, line: number, text: string): PairRow {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) throw new RowProblem('wrong-type', 'it is not an object')
    return pairRowOf(value as Record<string, unknown>)
  } catch (error) {
    if (error instanceof RowProblem || error instanceof SyntaxError)
      throw brokenLine(path, line, error.message)
    throw error
  }
}

function brokenLine(path: string, line: number, found: string): AppError {
  return new AppError(
    'FILE_UNREADABLE',
    `Expected a pair {real, generated} in line ${line} of ${path}; ${found}. Move this file away and generate it again.`,
    { path, line },
  )
}

function overlapWarnings(train: ReadonlySet<string>, test: ReadonlySet<string>): string[] {
  let shared = 0
  for (const id of test) if (train.has(id)) shared += 1
  return shared === 0 ? [] : [engineLogWords.pairs.shared(shared, test.size)]
}

async function staleWarnings(testPath: string): Promise<string[]> {
  const stale = await stat(testPath).catch(() => null)
  return stale === null ? [] : [engineLogWords.pairs.oldTest(testPath)]
}
