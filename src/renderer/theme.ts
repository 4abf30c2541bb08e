import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'
import { windowStrings as words } from './strings/window.ts'

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

/** Mantine's greys, in the hue of the tokens: light from chrome to text, dark from text to chrome. */
const gray: MantineColorsTuple = [
  '#f7f8fa',
  '#f3f4f6',
  '#e3e6eb',
  '#cdd2da',
  '#aeb5c1',
  '#868d9a',
  '#626a79',
  '#4a5261',
  '#30353e',
  '#1a1e26',
]
const dark: MantineColorsTuple = [
  '#e8eaee',
  '#b6bcc7',
  '#959dab',
  '#747c8b',
  '#30353e',
  '#272b33',
  '#22262d',
  '#1b1e23',
  '#15171b',
  '#101216',
]
/** Deletes and stops: the token in its step of each scheme. */
const red: MantineColorsTuple = [
  '#fce6ea',
  '#f8cdd5',
  '#ff8c9c',
  '#ee6f83',
  '#dc5169',
  '#cd3c55',
  '#b3243d',
  '#981c33',
  '#7a1529',
  '#46202a',
]

export const theme = createTheme({
  colors: { accent, gray, dark, red },
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 5 },
  defaultRadius: 6,
  fontFamily: "'Inter Variable', Inter, 'Segoe UI', system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', 'JetBrains Mono', ui-monospace, monospace",
  fontSizes: { xs: '13px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  components: {
    Button: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { hideControls: true } },
    Tooltip: { defaultProps: { openDelay: 400 } },
    Modal: {
      defaultProps: {
        overlayProps: { backgroundOpacity: 0.4 },
        closeButtonProps: { 'aria-label': words.close },
      },
    },
    // The placeholder is no menu item, and a screen reader would land on it first.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
  },
})

/** Mantine's own names, each a token: both schemes are then the tokens' business. */
const fromTokens = {
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-bright': 'var(--text)',
  '--mantine-color-dimmed': 'var(--text3)',
  '--mantine-color-placeholder': 'var(--text3)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--error)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-border': 'var(--control)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-disabled': 'var(--disabled)',
  '--mantine-color-disabled-color': 'var(--text3)',
  '--mantine-color-disabled-border': 'var(--line)',
  '--mantine-primary-color-filled': 'var(--accent-fill)',
  '--mantine-primary-color-filled-hover': 'var(--accent-fill-hover)',
  '--mantine-primary-color-light': 'var(--accent-soft)',
  '--mantine-primary-color-light-hover': 'var(--accent-soft)',
  '--mantine-primary-color-light-color': 'var(--accent)',
  '--mantine-color-accent-filled': 'var(--accent-fill)',
  '--mantine-color-accent-filled-hover': 'var(--accent-fill-hover)',
  '--mantine-color-accent-light': 'var(--accent-soft)',
  '--mantine-color-accent-light-hover': 'var(--accent-soft)',
  '--mantine-color-accent-light-color': 'var(--accent)',
  '--mantine-color-accent-outline': 'var(--accent)',
  '--mantine-color-accent-text': 'var(--accent)',
  '--mantine-color-gray-light': 'var(--m1)',
  '--mantine-color-gray-light-hover': 'var(--hover)',
  '--mantine-color-gray-light-color': 'var(--text2)',
  '--mantine-color-gray-text': 'var(--text2)',
  '--mantine-color-red-filled': 'var(--error-fill)',
  '--mantine-color-red-filled-hover': 'var(--error-fill-hover)',
  '--mantine-color-red-light': 'var(--error-soft)',
  '--mantine-color-red-light-hover': 'var(--error-soft)',
  '--mantine-color-red-light-color': 'var(--error)',
  '--mantine-color-red-outline': 'var(--error)',
  '--mantine-color-red-text': 'var(--error)',
}

export const tokenVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: fromTokens,
  dark: fromTokens,
})
