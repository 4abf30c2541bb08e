import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

/** Indigo is yours: the model being made, the run in focus, what you act on. */
const accent: MantineColorsTuple = [
  '#e8eafa',
  '#cdd1f4',
  '#a3acff',
  '#8790f0',
  '#6f7bec',
  '#5c67db',
  '#4450c8',
  '#3a45b0',
  '#2f3896',
  '#2a2f55',
]

export const theme = createTheme({
  colors: { accent },
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 5 },
  defaultRadius: 6,
  fontFamily: "'Inter Variable', Inter, 'Segoe UI', system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', 'JetBrains Mono', ui-monospace, monospace",
  fontSizes: { xs: '13px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  components: {
    Button: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 400 } },
  },
})

export const tokenVariables: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-dimmed': 'var(--text3)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-border': 'var(--control)',
    '--mantine-color-default-color': 'var(--text)',
    '--mantine-color-anchor': 'var(--accent)',
  }
  return { variables: {}, light: both, dark: both }
}
