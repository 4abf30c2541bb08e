import type { ReactNode } from 'react'
import type { ModelCard } from '../../contract/engine.ts'
import { fileSize, parameterCount, whole } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { modelStrings as words } from '../strings/model.ts'

const shownHash = 12

export function ModelFacts({ model }: { model: ModelCard }) {
  const { adapter, license } = model
  return (
    <Section title={words.card}>
      <dl className="model-facts">
        <Fact name={words.facts.family} detail={model.architecture}>
          {words.families[model.family] ?? model.family}
        </Fact>
        <Fact name={words.facts.parameters} detail={whole(model.parameters)}>
          {parameterCount(model.parameters)}
        </Fact>
        <Fact name={words.facts.weights} detail={words.hash(model.dtype, model.sha256.slice(0, shownHash))}>
          <span title={model.sha256}>{fileSize(model.bytes)}</span>
        </Fact>
        <Fact name={words.facts.layers} detail={words.heads(model.heads, model.kvHeads)}>
          {words.layers(whole(model.layers), whole(model.hidden))}
        </Fact>
        <Fact name={words.facts.context}>{words.tokens(whole(model.context))}</Fact>
        <Fact name={words.facts.vocabulary}>{words.tokens(whole(model.vocab))}</Fact>
        <Fact name={words.facts.eos}>
          <span className="model-mono">{model.eosTokens.join(' ')}</span>
        </Fact>
        <Fact name={words.facts.embeddings}>{model.tiedEmbeddings ? words.tied : words.untied}</Fact>
        <Fact name={words.facts.licence} detail={license === null ? words.noLicenceHelp : words.licenceHelp}>
          {license ?? words.noLicence}
        </Fact>
        {adapter && (
          <>
            <Fact
              name={words.facts.adapter}
              detail={`${words.adapterOn(adapter.modules.join(', '))}, ${words.baseWeights[adapter.baseWeights]}`}
            >
              {words.adapter(adapter.rank, adapter.alpha, whole(adapter.parameters))}
            </Fact>
            <Fact name={words.facts.base}>{adapter.baseDir}</Fact>
          </>
        )}
      </dl>
    </Section>
  )
}

function Fact({ name, detail, children }: { name: string; detail?: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {detail && <span className="hint">{detail}</span>}
      </dd>
    </div>
  )
}
