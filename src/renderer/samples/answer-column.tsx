import { Tooltip } from '@mantine/core'
import { CopyIcon } from '../components/copy-icon.tsx'
import { signed, whole } from '../components/numbers.ts'
import { samplesStrings as words } from '../strings/samples.ts'
import type { AnswerSide } from './answer-side.ts'
import { TokenHeat } from './token-heat.tsx'
import { rewardOf } from './token-pieces.ts'

export function AnswerColumn({ side, beta }: { side: AnswerSide; beta: number }) {
  const { kind, source, text, missing, isCut, scores } = side
  const name = words.sides[kind]
  return (
    <section className={`answer ${kind}`} aria-label={name}>
      <div className="spread answer-head">
        <h2>
          {name} <span className="hint">{source}</span>
        </h2>
        {text !== null && <CopyIcon text={text} name={words.copy(name)} copied={words.copied} />}
      </div>
      {text === null ? (
        <>
          <p className="answer-facts hint">{words.notGenerated}</p>
          <p className="secondary">{missing}</p>
        </>
      ) : (
        <>
          <Facts side={side} beta={beta} />
          {scores ? (
            <TokenHeat scores={scores} name={words.tokensOf(name)} />
          ) : (
            <p className="answer-text">
              {text === '' ? <em className="hint">{words.emptyAnswer}</em> : text}
            </p>
          )}
          {isCut && (
            <Tooltip label={words.cutHint}>
              <span className="tag">{words.cut}</span>
            </Tooltip>
          )}
        </>
      )}
    </section>
  )
}

function Facts({ side: { scores, known }, beta }: { side: AnswerSide; beta: number }) {
  const tokens = scores?.texts.length ?? known?.tokens
  const reward = scores ? rewardOf(scores, beta) : known?.reward
  if (tokens === undefined || reward === undefined) return <p className="answer-facts hint">&nbsp;</p>
  return (
    <p className="answer-facts number">
      <Tooltip label={words.tokensHint}>
        <span>{words.tokens(whole(tokens))}</span>
      </Tooltip>
      <Tooltip label={words.rewardHint} multiline w={260}>
        <span>
          {words.reward} <strong>{signed(reward, 2)}</strong>
        </span>
      </Tooltip>
      <Tooltip label={words.perTokenHint} multiline w={260}>
        <span>
          {words.perToken} <strong>{signed(reward / beta / Math.max(1, tokens), 2)}</strong>
        </span>
      </Tooltip>
    </p>
  )
}
