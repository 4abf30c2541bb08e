import { NativeSelect, NumberInput, Switch, Tooltip } from '@mantine/core'
import { useId, type ReactNode } from 'react'
import { planStrings as words } from '../strings/plan.ts'
import { valueAt } from './plan-document.ts'
import type { PlanEditor } from './use-plan-editor.ts'

export type FieldName = keyof typeof words.fields

/** A setting: its name and six words of help on the left, its control on the right; an error takes the help's place. */
export function Field({
  name,
  help,
  problem = null,
  children,
}: {
  name: FieldName
  help?: string | undefined
  problem?: string | null
  children: (control: ControlProps) => ReactNode
}) {
  const id = useId()
  const [label, short, long] = words.fields[name]
  return (
    <div className="plan-field">
      <div className="plan-field-words">
        <Tooltip label={long} multiline w={280} position="top-start">
          <label htmlFor={id}>{label}</label>
        </Tooltip>
        <p id={`${id}-help`} className={problem ? 'hint plan-problem' : 'hint'} aria-live="polite">
          {problem ?? help ?? short}
        </p>
      </div>
      {children({
        id,
        'aria-describedby': `${id}-help`,
        'aria-description': long,
        'aria-invalid': problem !== null,
      })}
    </div>
  )
}

export interface ControlProps {
  id: string
  'aria-describedby': string
  'aria-description': string
  'aria-invalid': boolean
}

interface BoundField {
  editor: PlanEditor
  name: FieldName
  /** Of one value; or `rest`, of the same value in every iteration. */
  path?: string
  rest?: string
  help?: string | undefined
}

function boundTo({ editor, path, rest }: BoundField): {
  value: unknown
  problem: string | null
  warned: boolean
  set(value: unknown): void
} {
  const at = path ?? `plan.iterations.*.${rest}`
  const read = path ?? `plan.iterations.0.${rest}`
  return {
    value: valueAt(editor.document, read),
    problem: editor.problemAt(at),
    warned: editor.isWarned(at),
    set: (value) => (path === undefined ? editor.setInAll(rest!, value) : editor.set(path, value)),
  }
}

export function NumberField({
  unit,
  scale = 1,
  ...field
}: BoundField & { unit?: string; /** Shown = stored × scale. */ scale?: number }) {
  const { value, problem, warned, set } = boundTo(field)
  return (
    <Field name={field.name} help={field.help} problem={problem}>
      {(control) => (
        <NumberBox
          {...control}
          value={typeof value === 'number' ? Number((value * scale).toPrecision(12)) : null}
          unit={unit}
          disabled={field.editor.readOnly}
          invalid={problem !== null}
          warned={warned}
          onChange={(next) => set(next === null ? '' : next / scale)}
        />
      )}
    </Field>
  )
}

/** A number with its unit inside and no steppers; what is no number is null. */
export function NumberBox({
  value,
  unit,
  disabled,
  invalid = false,
  warned = false,
  onChange,
  ...rest
}: Partial<ControlProps> & {
  value: number | null
  unit?: string | undefined
  disabled: boolean
  invalid?: boolean
  warned?: boolean
  onChange: (value: number | null) => void
  'aria-label'?: string
}) {
  return (
    <NumberInput
      {...rest}
      className="plan-number"
      size="xs"
      allowNegative={false}
      thousandSeparator=","
      value={value ?? ''}
      onChange={(next) => onChange(typeof next === 'number' ? next : null)}
      rightSection={unit ? <span className="plan-unit">{unit}</span> : undefined}
      rightSectionWidth={unit ? unit.length * 7 + 20 : 0}
      rightSectionPointerEvents="none"
      disabled={disabled}
      error={invalid}
      data-warned={warned || undefined}
    />
  )
}

export function ChoiceField({
  options,
  onChoose,
  chosen,
  ...field
}: BoundField & {
  options: Readonly<Record<string, string>>
  /** In place of the bound value. */
  chosen?: string
  onChoose?: (value: string) => void
}) {
  const { value, problem, set } = boundTo(field)
  return (
    <Field name={field.name} help={field.help} problem={problem}>
      {(control) => (
        <NativeSelect
          {...control}
          className="plan-choice"
          size="xs"
          data={Object.entries(options).map(([key, label]) => ({ value: key, label }))}
          value={chosen ?? String(value)}
          disabled={field.editor.readOnly}
          error={problem !== null}
          onChange={({ currentTarget }) => {
            const next = currentTarget.value
            if (onChoose) onChoose(next)
            else set(typeof value === 'number' ? Number(next) : next)
          }}
        />
      )}
    </Field>
  )
}

export function SwitchField(field: BoundField) {
  const { value, problem, set } = boundTo(field)
  return (
    <Field name={field.name} help={field.help} problem={problem}>
      {(control) => (
        <div className="plan-switch">
          <Switch
            {...control}
            checked={value === true}
            disabled={field.editor.readOnly}
            onChange={({ currentTarget }) => set(currentTarget.checked)}
          />
        </div>
      )}
    </Field>
  )
}
