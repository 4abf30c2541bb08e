import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { million, whole } from '../components/numbers.ts'
import { useCall } from '../use-main.ts'

/** What the starter does and needs, before a click. */
export function StarterSection({
  primary,
  blocked,
  onStart,
}: {
  primary: boolean
  blocked: boolean
  onStart: () => void
}) {
  const { value: starter, problem } = useCall('starter', {})
  return (
    <section className="section" aria-label="Try the starter">
      <div className="spread">
        <div style={{ maxWidth: 640 }}>
          <h2>Try the starter</h2>
          <p className="secondary">
            Improves a small chat model on bundled, checkable tasks by self-play: it answers, and learns to
            tell its answers from human ones. Everything is filled in, and nothing is downloaded.
          </p>
          {(problem ?? starter?.problem) && (
            <div className="strip warning">{problem ?? starter?.problem}</div>
          )}
        </div>
        <Button
          variant={primary ? 'filled' : 'default'}
          disabled={!starter?.available || blocked}
          onClick={onStart}
        >
          Start the starter
        </Button>
      </div>
      {starter?.available && (
        <div className="facts number">
          <Fact name="1 Model">
            {starter.parameters === null ? '' : `${million(starter.parameters)} parameters`}
          </Fact>
          <Fact name="2 Dataset">
            {starter.trainRows === null ? '' : `${whole(starter.trainRows)} rows, bundled`}
          </Fact>
          <Fact name="3 Plan">{starter.iterations} iterations</Fact>
        </div>
      )}
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <strong>{name}</strong>
      <div className="hint">{children}</div>
    </div>
  )
}
