import { readdir } from 'node:fs/promises'
import type { ModelCard } from '../../contract/engine.ts'
import { loadChatTemplate } from '../text/chat-template.ts'
import { loadTokenizer } from '../text/tokenizer.ts'
import { parameterCount } from './weight-names.ts'
import { openModelFolder } from './model-folder.ts'
import { modelLicense } from './model-license.ts'
import { renderSample } from './template-sample.ts'

/** What a person sees of a model before a run. Throws what openModelFolder throws, and TEMPLATE_BROKEN. */
export async function describeModel(dir: string): Promise<ModelCard> {
  const folder = await openModelFolder(dir)
  const { config, weights, eosIds, adapter, warnings } = folder
  const tokenizer = await loadTokenizer(folder.textDir)
  const template = await loadChatTemplate(folder.textDir, tokenizer)
  const dtypes = new Set([...weights.tensors.values()].map(({ dtype }) => dtype))
  return {
    dir: folder.dir,
    family: config.family,
    architecture: config.architecture,
    parameters: parameterCount(config),
    layers: config.layers,
    hidden: config.hidden,
    heads: config.heads,
    kvHeads: config.kvHeads,
    vocab: config.vocab,
    context: config.maxPositions,
    dtype: [...dtypes].toSorted().join(', '),
    tiedEmbeddings: config.tiedEmbeddings,
    eosTokens: eosIds.map((id) => tokenizer.decode([id])),
    sha256: await folder.sha256(),
    bytes: weights.bytes,
    templateSample: template.render([{ role: 'user', content: 'Name a colour.' }], {
      addGenerationPrompt: true,
    }),
    template: renderSample(template, tokenizer),
    license: (await licenseOf(folder.dir)) ?? (await licenseOf(folder.baseDir)),
    adapter: adapter && {
      baseDir: folder.baseDir,
      rank: adapter.rank,
      alpha: adapter.alpha,
      modules: [...adapter.modules],
      baseWeights: adapter.baseWeights,
      parameters: [...adapter.tensors.values()].reduce((sum, { data }) => sum + data.length, 0),
    },
    warnings,
  }
}

const licenseOf = async (dir: string): Promise<string | null> =>
  modelLicense(dir, new Set(await readdir(dir)))
