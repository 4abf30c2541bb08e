import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { EmptyState } from './components/sections.tsx'
import { windowStrings } from './strings/window.ts'

const words = windowStrings.broken

/** A page that fails, or whose file is gone after an update, costs itself: sidebar and status bar go on. */
export class PageBoundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <main className="page page-broken" role="alert">
        <EmptyState
          title={words.title}
          action={<Button onClick={() => window.location.reload()}>{words.reload}</Button>}
        >
          {words.help} <span className="hint">{error.message}</span>
        </EmptyState>
      </main>
    )
  }
}
