import { Button, TextInput } from '@mantine/core'
import { Icon } from '../components/icon.tsx'
import { Section } from '../components/sections.tsx'
import { modelStrings as words } from '../strings/model.ts'

/** Nothing is chosen: where to drop, browse, or type. */
export function ModelChooser({
  onBrowse,
  onChoose,
}: {
  onBrowse: () => void
  onChoose: (dir: string) => void
}) {
  return (
    <Section name={words.choose}>
      <div className="model-drop">
        <Icon name="models" size={28} />
        <strong>{words.drop}</strong>
        <span className="hint">{words.dropHelp}</span>
        <Button variant="default" leftSection={<Icon name="folder" />} onClick={onBrowse}>
          {words.choose}
        </Button>
        <PathForm onChoose={onChoose} />
      </div>
    </Section>
  )
}

function PathForm({ onChoose }: { onChoose: (dir: string) => void }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const path = String(new FormData(event.currentTarget).get('path') ?? '').trim()
        if (path !== '') onChoose(path)
      }}
    >
      <TextInput
        size="xs"
        name="path"
        label={words.path}
        placeholder={words.pathHelp}
        required
        withAsterisk={false}
        autoComplete="off"
        spellCheck={false}
      />
      <Button type="submit" variant="default">
        {words.pathUse}
      </Button>
    </form>
  )
}
