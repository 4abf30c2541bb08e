import { SegmentedControl } from '@mantine/core'
import type { Preferences } from '../../contract/app.ts'
import { PageFrame } from '../components/page-frame.tsx'
import { Section, Strip } from '../components/sections.tsx'
import { settingsStrings as words } from '../strings/settings.ts'
import { useCall } from '../use-main.ts'
import { CrashReports } from './crash-reports.tsx'
import { DevicesRow } from './devices-row.tsx'
import { SharedDevicesRow } from './shared-devices-row.tsx'
import { NotificationRow } from './notification-row.tsx'
import { AboutRow, DataFolderRow, DiagnosticsRow } from './program-rows.tsx'
import { ProjectsFolderRow } from './projects-folder-row.tsx'
import { SavedPlans } from './saved-plans.tsx'
import { SettingRow } from './setting-row.tsx'
import './settings.css'
import { SwitchRow } from './switch-row.tsx'
import { usePreferences } from './use-preferences.ts'

/** What holds for the whole program. */
export function SettingsPage() {
  const { preferences, problem, set } = usePreferences()
  const { value: host } = useCall('host', {}, preferences?.projectsDir ?? '')
  const isDesktop = host?.kind === 'desktop'
  return (
    <PageFrame
      title={words.title}
      subtitle={words.subtitle}
      top={problem && <Strip kind="error">{problem}</Strip>}
    >
      {!preferences || !host ? (
        !problem && <p className="section hint">{words.loading}</p>
      ) : (
        <div className="settings">
          <Section title={words.groups.look}>
            <ColorsRow value={preferences.colorScheme} onChange={(colorScheme) => set({ colorScheme })} />
          </Section>
          <Section title={words.groups.runs}>
            <NotificationRow
              isOn={preferences.notifications}
              inBrowser={!host.notifies}
              onChange={(notifications) => set({ notifications })}
            />
            <SwitchRow
              {...words.keepAwake}
              isOn={preferences.keepAwake}
              cannot={host.keepsAwake ? null : words.keepAwake.browser}
              onChange={(keepAwake) => set({ keepAwake })}
            />
          </Section>
          <Section title={words.groups.projects}>
            <ProjectsFolderRow
              dir={host.projectsDir}
              isDefault={preferences.projectsDir === null}
              onChange={(projectsDir) => set({ projectsDir })}
            />
            <SavedPlans presets={preferences.planPresets} onChange={(planPresets) => set({ planPresets })} />
          </Section>
          <Section title={words.groups.machine}>
            <DevicesRow value={preferences.device} onChange={(device) => set({ device })} />
            <SharedDevicesRow value={preferences.devices} onChange={(devices) => set({ devices })} />
          </Section>
          <Section title={words.groups.faults}>
            <CrashReports
              isOn={preferences.keepCrashReports}
              opensFolders={host.opensFolders}
              onChange={(keepCrashReports) => set({ keepCrashReports })}
            />
            <DiagnosticsRow />
          </Section>
          <Section title={words.groups.program}>
            <SwitchRow
              {...words.updates}
              isOn={preferences.checkForUpdates}
              cannot={isDesktop ? null : words.updates.browser}
              onChange={(checkForUpdates) => set({ checkForUpdates })}
            />
            <DataFolderRow dir={host.dataDir} opensFolders={host.opensFolders} />
            <AboutRow />
          </Section>
        </div>
      )}
    </PageFrame>
  )
}

function ColorsRow({
  value,
  onChange,
}: {
  value: Preferences['colorScheme']
  onChange: (scheme: Preferences['colorScheme']) => void
}) {
  const { label, about, options } = words.colors
  return (
    <SettingRow
      label={label}
      about={about}
      control={
        <SegmentedControl
          size="xs"
          aria-label={label}
          data={Object.entries(options).map(([scheme, name]) => ({ value: scheme, label: name }))}
          value={value}
          onChange={(scheme) => onChange(scheme as Preferences['colorScheme'])}
        />
      }
    />
  )
}
