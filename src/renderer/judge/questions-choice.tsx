import { Button, Radio } from '@mantine/core'
import { Icon } from '../components/icon.tsx'
import { whole } from '../components/numbers.ts'
import { Section, Strip } from '../components/sections.tsx'
import { judgeStrings } from '../strings/judge.ts'
import { useCall } from '../use-main.ts'
import { useChooseFile } from './use-choose-file.tsx'

const words = judgeStrings.choose

export interface QuestionFile {
  own: boolean
  path: string | null
}

/** The program's questions, or a file of the person's. */
export function QuestionsChoice({
  file,
  onChange,
}: {
  file: QuestionFile
  onChange: (file: QuestionFile) => void
}) {
  const chooser = useChooseFile(['jsonl', 'json'], (path) => onChange({ own: false, path }))
  return (
    <Section title={words.questions}>
      <Radio.Group
        aria-label={words.questions}
        value={file.own ? 'own' : 'file'}
        onChange={(value) => onChange({ ...file, own: value === 'own' })}
      >
        <Radio size="xs" mt={8} value="own" label={words.own} description={words.ownHelp} />
        <Radio size="xs" mt={8} value="file" label={words.file} description={words.fileHelp} />
      </Radio.Group>
      {!file.own && (
        <div className="row judge-file">
          <Button
            variant="default"
            leftSection={<Icon name="file" />}
            onClick={() => chooser.choose(words.chooseFileTitle)}
          >
            {words.chooseFile}
          </Button>
          <span className="hint">{file.path}</span>
        </div>
      )}
      {chooser.problem && <Strip kind="error">{chooser.problem}</Strip>}
      {chooser.dialog}
      {(file.own || file.path !== null) && <Found path={file.own ? null : file.path} />}
    </Section>
  )
}

function Found({ path }: { path: string | null }) {
  const { value, problem } = useCall('judgeQuestions', { path })
  if (problem) return <Strip kind="error">{problem}</Strip>
  if (!value) return null
  return (
    <p className="hint judge-found">
      {words.found(whole(value.questions), whole(value.references))}.{' '}
      {value.categories.map(({ name, questions }) => words.category(name, whole(questions))).join(', ')}.
    </p>
  )
}
