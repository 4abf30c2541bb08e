import type { ReactNode } from 'react'
import type { Judging } from '../../contract/app.ts'
import type { JudgeCost } from '../../contract/judge.ts'
import { fixed, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { judgeStrings } from '../strings/judge.ts'

const words = judgeStrings.cost

/** What the open verdicts will cost, what the others have cost, and the button below. */
export function CostTable({
  cost,
  problem,
  judging: { spent },
  children,
}: {
  cost: JudgeCost | null
  problem: string | null
  judging: Judging
  children: ReactNode
}) {
  return (
    <Section title={words.title}>
      {problem && <Strip kind="error">{problem}</Strip>}
      {cost && (
        <dl className="judge-cost number">
          <Fact name={words.requests} value={whole(cost.requests)} />
          {cost.known > 0 && <Fact name={words.known} value={whole(cost.known)} />}
          {cost.identical > 0 && <Fact name={words.identical} value={whole(cost.identical)} />}
          <Fact name={words.reads} value={words.about(whole(cost.promptTokens))} />
          <Fact
            name={words.writes}
            value={words.about(whole(cost.replyTokens))}
            detail={words.atMost(whole(cost.replyTokensAtMost))}
          />
          {cost.price === null || cost.priceAtMost === null ? (
            <Fact name={words.price} value={words.noPrice} />
          ) : (
            <Fact
              name={words.price}
              value={words.about(money(cost.price))}
              detail={words.atMost(money(cost.priceAtMost))}
            />
          )}
        </dl>
      )}
      {cost && <p className="hint">{words.help}</p>}
      {spent && spent.replies > 0 && (
        <p className="secondary number">
          {words.spent(whole(spent.replies), whole(spent.promptTokens), whole(spent.replyTokens))}
          {spent.price !== null && words.spentPrice(money(spent.price))}
        </p>
      )}
      {children}
    </Section>
  )
}

const money = (value: number): string => fixed(value, value < 1 ? 4 : 2)

function Fact({ name, value, detail }: { name: string; value: string; detail?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {detail && <span className="hint">{detail}</span>}
      </dd>
    </div>
  )
}
