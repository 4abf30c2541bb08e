import { parse as parseYaml, stringify as toYaml, YAMLParseError } from 'yaml'
import type { ModelLineage } from '../../contract/lineage.ts'

/** Keys of a card's front matter that stay true of a model made from the card's model. */
const inherited = ['license', 'license_name', 'license_link', 'language'] as const

/**
 * The README.md of a trained model: the Hub's front matter (huggingface.co/docs/hub/model-cards), then what it was made
 * from and how, as tables. `sourceCard` is the README.md of the folder it was trained from, for its licence. Has no date:
 * equal lineage gives equal bytes.
 */
export function lineageCard(lineage: ModelLineage, sourceCard: string | null): string {
  const { baseModel, datasets, iterations, settings, scores, versions } = lineage
  const columns = [...new Set(scores.flatMap(({ values }) => Object.keys(values)))]
  const sections = [
    `---\n${toYaml(frontMatter(lineage, sourceCard), { lineWidth: 0 })}---\n`,
    `# ${inline(lineage.title)}\n`,
    `${inline(lineage.method)}, from [${inline(baseModel.name)}](${baseModelLink(baseModel.name)}). Made with SPIN Studio.\n`,
    '## Lineage\n',
    table(
      ['', 'Pairs', 'Steps', 'Pairs sha256', 'Weights sha256'],
      [
        ['base model', '', '', '', code(baseModel.sha256)],
        ...iterations.map(({ iteration, pairs, steps, pairsSha256, modelSha256 }) => [
          `iteration ${iteration}`,
          String(pairs),
          String(steps),
          code(pairsSha256),
          code(modelSha256),
        ]),
      ],
    ),
    '## Data\n',
    table(
      ['Dataset', 'Rows', 'sha256'],
      datasets.map(({ name, rows, sha256 }) => [
        inline(name),
        rows === null ? '–' : String(rows),
        sha256 === null ? '–' : code(sha256),
      ]),
    ),
    ...(scores.length === 0
      ? []
      : [
          '## Scores\n',
          table(
            ['Model', ...columns.map(inline)],
            scores.map(({ model, values }) => [
              inline(model),
              ...columns.map((column) => (values[column] == null ? '–' : String(values[column]))),
            ]),
          ),
        ]),
    '## Settings\n',
    table(
      ['Setting', 'Value'],
      Object.entries(settings).map(([name, value]) => [code(name), code(String(value))]),
    ),
    '## Made with\n',
    table(
      ['', 'Version'],
      Object.entries(versions).map(([name, version]) => [inline(name), inline(version)]),
    ),
  ]
  return `${sections.join('\n').trimEnd()}\n`
}

function frontMatter(lineage: ModelLineage, sourceCard: string | null): Record<string, unknown> {
  const source = sourceCard === null ? {} : readFrontMatter(sourceCard)
  const kept = Object.fromEntries(
    inherited.flatMap((key) => (source[key] == null ? [] : [[key, source[key]]])),
  )
  const hubNames = lineage.datasets.map(({ name }) => name).filter(isHubName)
  return {
    ...kept,
    ...(lineage.license === null ? {} : { license: lineage.license }),
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    base_model: lineage.baseModel.name,
    tags: lineage.tags,
    ...(hubNames.length === 0 ? {} : { datasets: hubNames }),
  }
}

/** The YAML between the first two `---` lines; {} where there is none that can be read. */
export function readFrontMatter(card: string): Record<string, unknown> {
  const text = /^---\r?\n([\s\S]*?)\r?\n---(\r?\n|$)/.exec(card)?.[1]
  if (text === undefined || text.length > 100_000) return {}
  try {
    const value: unknown = parseYaml(text, { maxAliasCount: 10 })
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {}
  } catch (error) {
    // A card is prose with a head that people write by hand: one that does not parse names no licence.
    if (error instanceof YAMLParseError || error instanceof ReferenceError) return {}
    throw error
  }
}

/** `owner/name`, as the Hub writes its ids. */
const isHubName = (name: string): boolean => /^[\w.-]+\/[\w.-]+$/.test(name)

const baseModelLink = (name: string): string =>
  isHubName(name) ? `https://huggingface.co/${name}` : '#lineage'

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}

/** Text that Markdown neither formats nor ends a cell or a line at. */
const inline = (text: string): string =>
  text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>()#|!~]/g, (mark) => `\\${mark}`)

const code = (text: string): string => `\`${text.replace(/[\r\n`]+/g, ' ').replaceAll('|', '\\|')}\``
