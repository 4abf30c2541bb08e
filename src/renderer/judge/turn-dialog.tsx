import { Modal } from '@mantine/core'
import type { JudgedTurn, JudgedTurnDetail, Judging } from '../../contract/app.ts'
import { fixed } from '../components/numbers.ts'
import { Strip } from '../components/sections.tsx'
import { useReturnFocus } from '../components/use-return-focus.ts'
import { judgeStrings } from '../strings/judge.ts'
import { useCall } from '../use-main.ts'
import { nameOfId } from './model-words.ts'

const words = judgeStrings.detail

/** A turn's texts side by side, and the judge's words below. */
export function TurnDialog({
  judging,
  modelId,
  turn: { question_id: question, turn },
  title,
  onClose,
}: {
  judging: Judging
  modelId: string
  turn: JudgedTurn
  title: string
  onClose: () => void
}) {
  useReturnFocus()
  const { value, problem } = useCall('judgedTurn', { id: judging.id, modelId, question, turn })
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={1120}
      closeButtonProps={{ 'aria-label': words.close }}
    >
      {problem && <Strip kind="error">{problem}</Strip>}
      {value && <Texts judging={judging} detail={value} />}
    </Modal>
  )
}

function Texts({ judging, detail }: { judging: Judging; detail: JudgedTurnDetail }) {
  const { turns, answers, replies } = detail
  return (
    <div className="judge-detail">
      {turns.map(({ question, reference }, i) => (
        <div key={i}>
          <h3 className="hint">{words.question(i + 1)}</h3>
          <p className="judge-prose">{question}</p>
          {reference !== null && (
            <details>
              <summary className="hint">{words.reference}</summary>
              <p className="judge-prose secondary">{reference}</p>
            </details>
          )}
          <div className="judge-columns">
            {answers.map(({ modelId, turns: texts }, column) => (
              <section
                key={modelId}
                className={column === 0 ? 'own' : ''}
                aria-label={nameOfId(judging, modelId)}
              >
                <h3>{words.answer(nameOfId(judging, modelId))}</h3>
                <p className="judge-prose">{texts[i] === '' ? words.empty : texts[i]}</p>
              </section>
            ))}
          </div>
        </div>
      ))}
      <div>
        <h3>{words.judge}</h3>
        {replies.length === 0 && <p className="hint">{words.notAsked}</p>}
        <div className="judge-columns">
          {replies.map((reply) => (
            <section key={String(reply.swapped)} aria-label={orderOf(judging, detail, reply.swapped)}>
              <p className="spread">
                <span className="hint">{orderOf(judging, detail, reply.swapped)}</span>
                <strong className="number">{verdictOf(judging, detail, reply)}</strong>
              </p>
              <p className="judge-prose">{reply.text === '' ? words.empty : reply.text}</p>
            </section>
          ))}
        </div>
      </div>
    </div>
  )
}

/** Whose answer was shown first; nothing for a grade. */
function orderOf(judging: Judging, { answers }: JudgedTurnDetail, swapped: boolean): string {
  if (answers.length < 2) return words.judge
  return words.order(nameOfId(judging, answers[swapped ? 1 : 0]!.modelId))
}

function verdictOf(
  judging: Judging,
  { answers }: JudgedTurnDetail,
  { winner, score }: JudgedTurnDetail['replies'][number],
): string {
  if (score !== null) return judgeStrings.turns.score(fixed(score, Number.isInteger(score) ? 0 : 1))
  if (winner === null) return words.verdicts.none
  if (winner === 'tie') return words.verdicts.tie
  return words.verdicts[winner](nameOfId(judging, answers[winner === 'model_1' ? 0 : 1]!.modelId))
}
