import { parameterCount, whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { homeStrings } from '../strings/home.ts'
import { useCall } from '../use-main.ts'
import { StarterFacts } from './starter-section.tsx'

const words = homeStrings.first

/** An empty record: what the program does, and the starter that shows it. */
export function FirstRun() {
  const { value: starter, problem } = useCall('starter', {})
  const found = problem ?? starter?.problem
  return (
    <>
      <section className="section first-run" aria-label={words.title}>
        <h2>{words.title}</h2>
        <p className="secondary">{words.words}</p>
      </section>
      <Section title={homeStrings.starter.title} hint={homeStrings.starter.hintUnknown}>
        {starter?.available && (
          <>
            <p className="secondary starter-words">
              {words.starterWords(
                starter.parameters === null ? homeStrings.starter.few : parameterCount(starter.parameters),
                starter.trainRows === null ? homeStrings.starter.few : whole(starter.trainRows),
              )}
            </p>
            <StarterFacts starter={starter} seconds={null} />
          </>
        )}
        {found && <Strip kind="warning">{found}</Strip>}
      </Section>
      <Section title={words.or}>
        <p className="secondary">{words.own}</p>
        <ol className="first-steps">
          {words.steps.map(([name, what], i) => (
            <li key={name}>
              <span className="step-mark">{i + 1}</span>
              <strong>{name}</strong>
              <span className="secondary">{what}</span>
            </li>
          ))}
        </ol>
      </Section>
    </>
  )
}
