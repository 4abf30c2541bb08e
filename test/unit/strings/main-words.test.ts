import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { shownWords } from './shown-words.ts'

const apart = [
  /^src\/main\/(terminal|demo|report)\//, // what the terminal and its report say
  /^src\/main\/(headless|headless-host|serve-app)\.ts$/, // the terminal again
  /^src\/main\/store\//, // SQL
  /^src\/main\/loop\/project-lineage\.ts$/, // of a model card, a file
  // Crash reports and the bundle, files for those who look for a fault.
  /^src\/main\/(diagnostics\/(diagnostics-bundle|log-shapes|crash-reports)|crash-record|shell\/crash-guard)\.ts$/,
  /^src\/main\/(data-dir|machine\/machine-check|shell\/page-protocol)\.ts$/, // names of folders, what a file holds, HTTP
  /^src\/main\/judge\/(judge-prompts|judge-export)\.ts$/, // what a judge is sent, and FastChat's files
  // Names of makers and packages, commands to type, published tables, keys of the harness, HTTP headers.
  /^src\/main\/devices\/(cuda-libraries|graphics-cards|package-names)\.ts$/,
  /^src\/main\/(downloads|cuda-setup)\/(download-file|provider-package)\.ts$/,
  /^src\/main\/benchmarks\/(harness-results|published-rows|hub\/hub-datasets)\.ts$/,
]

/** Their texts become parts of an error's message, in another line than the error is made. */
const partsOfErrors = new Set(
  [
    'engine-client',
    'engine-process',
    'benchmarks/compare-recorded',
    'benchmarks/hub/hub-tree',
    'cuda-setup/setup-cuda',
    'datasets/import-chosen',
    'downloads/read-zip',
    'downloads/remote-file',
    'judge/judge-address',
    'judge/judge-client',
    'judge/judge-failures',
    'judge/judge-import',
    'judge/judge-key',
    'loop/open-run',
    'loop/prepare-data',
    'loop/project-lock',
    'projects/delete-project',
    'projects/open-project',
    'projects/project-handlers',
    'projects/projects',
    'results/results',
    'runs/recorded-json',
    'samples/sample-handlers',
  ].map((name) => `src/main/${name}.ts`),
)
/** Keys of maps, in which a word stands before a number. */
const keys = /^(train|pairs|size|generation|training)$/

test('main says nothing in the app that is not in src/strings, but for errors', () => {
  const files = globSync('src/main/**/*.ts').filter((file) => !apart.some((room) => room.test(file)))
  expect(files.length).toBeGreaterThan(100)
  const found = files
    .filter((file) => !partsOfErrors.has(file))
    .flatMap((file) => shownWords(file))
    .filter(({ text }) => !keys.test(text))
  expect(found).toEqual([])
})
