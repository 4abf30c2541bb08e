import { Button } from '@mantine/core'
import { Strip } from '../components/sections.tsx'
import { useChooseFolder } from '../components/use-choose-folder.tsx'
import { settingsStrings } from '../strings/settings.ts'
import { SettingRow } from './setting-row.tsx'

const words = settingsStrings.projectsDir

export function ProjectsFolderRow({
  dir,
  isDefault,
  onChange,
}: {
  dir: string
  isDefault: boolean
  /** null = the default. */
  onChange: (dir: string | null) => void
}) {
  const folder = useChooseFolder('folder', onChange)
  return (
    <SettingRow
      label={words.label}
      about={words.about}
      control={
        <>
          {!isDefault && (
            <Button variant="subtle" onClick={() => onChange(null)}>
              {words.reset}
            </Button>
          )}
          <Button
            variant="default"
            onClick={() => folder.choose({ title: words.chooseTitle, startIn: isDefault ? null : dir })}
          >
            {words.choose}
          </Button>
        </>
      }
    >
      <p className="setting-path">
        {dir} {isDefault && <span className="hint">{words.default}</span>}
      </p>
      {folder.problem && <Strip kind="error">{folder.problem}</Strip>}
      {folder.dialog}
    </SettingRow>
  )
}
