import { useMantineColorScheme } from '@mantine/core'
import { useEffect } from 'react'
import type { Preferences } from '../../contract/app.ts'
import { useStream } from '../use-main.ts'

const schemeOf = (_before: Preferences['colorScheme'] | null, { colorScheme }: Preferences) => colorScheme

/** The scheme is a preference of the program: the page follows it, as the window's frame does. */
export function usePreferredColors(): void {
  const { value } = useStream('preferences', {}, schemeOf)
  const { setColorScheme } = useMantineColorScheme()
  useEffect(() => {
    if (value) setColorScheme(value === 'system' ? 'auto' : value)
  }, [value, setColorScheme])
}
