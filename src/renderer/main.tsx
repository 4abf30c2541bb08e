import { MantineProvider } from '@mantine/core'
import '@mantine/core/styles.css'
import '@fontsource-variable/inter/standard.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import 'uplot/dist/uPlot.min.css'
import './tokens.css'
import './layout.css'
import './mantine.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { connectToMain } from './connection.ts'
import { tokenVariables, theme } from './theme.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
const connection = connectToMain()

createRoot(root).render(
  <MantineProvider theme={theme} cssVariablesResolver={tokenVariables} defaultColorScheme="auto">
    <App connection={connection} />
  </MantineProvider>,
)
