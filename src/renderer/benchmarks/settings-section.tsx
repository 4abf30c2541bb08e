import { NumberInput, Radio, SegmentedControl, Switch } from '@mantine/core'
import { Section } from '../components/sections.tsx'
import type { BenchmarkProfile } from '../../contract/benchmarks.ts'
import { benchmarksStrings } from '../strings/benchmarks.ts'
import type { Measure } from './use-measure.ts'

const words = benchmarksStrings.measure
const profiles = Object.keys(benchmarksStrings.profiles) as BenchmarkProfile[]

/** Whose numbers are reproduced, and on how many questions. */
export function SettingsSection({
  measure: { choice, set },
  isRunAtWork,
}: {
  measure: Measure
  isRunAtWork: boolean
}) {
  const { profile, chatTemplate, isQuick, quickQuestions, besideRun } = choice
  const canChat = profile === 'harness-current'
  const isInvalid = isQuick && (quickQuestions ?? 0) < 1
  return (
    <div className="bench-settings">
      <Section title={words.profile}>
        <Radio.Group
          aria-label={words.profile}
          value={profile}
          onChange={(value) => set({ profile: value as BenchmarkProfile })}
        >
          {profiles.map((value) => (
            <Radio
              key={value}
              size="xs"
              mt={8}
              value={value}
              label={benchmarksStrings.profileName(value)}
              description={benchmarksStrings.profileHelp[value]}
            />
          ))}
        </Radio.Group>
        <p className="hint">{benchmarksStrings.neverMixed}</p>
      </Section>
      <Section title={words.limit}>
        <div className="row bench-limit">
          <SegmentedControl
            size="xs"
            aria-label={words.limit}
            data={[
              { value: 'all', label: words.limitAll },
              { value: 'quick', label: words.limitQuick },
            ]}
            value={isQuick ? 'quick' : 'all'}
            onChange={(value) => set({ isQuick: value === 'quick' })}
          />
          {isQuick && (
            <NumberInput
              size="xs"
              w={184}
              allowNegative={false}
              allowDecimal={false}
              aria-label={words.limitUnit}
              value={quickQuestions ?? ''}
              error={isInvalid ? words.limitProblem : undefined}
              onChange={(next) => set({ quickQuestions: typeof next === 'number' ? next : null })}
              rightSection={<span className="hint">{words.limitUnit}</span>}
              rightSectionWidth={108}
              rightSectionPointerEvents="none"
            />
          )}
        </div>
        {isQuick && <p className="hint">{words.limitHelp}</p>}
        <Switch
          mt={16}
          size="xs"
          label={words.chat}
          description={canChat ? words.chatHelp : words.chatOff}
          checked={canChat && chatTemplate}
          disabled={!canChat}
          onChange={({ currentTarget }) => set({ chatTemplate: currentTarget.checked })}
        />
        {isRunAtWork && (
          <Switch
            mt={12}
            size="xs"
            label={words.beside}
            description={words.besideHelp}
            checked={besideRun}
            onChange={({ currentTarget }) => set({ besideRun: currentTarget.checked })}
          />
        )}
      </Section>
    </div>
  )
}
