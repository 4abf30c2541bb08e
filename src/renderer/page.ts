/** Which page is open, and its address in the fragment. */

export const wizardSteps = ['model', 'dataset', 'plan', 'run', 'results'] as const
export const inspectPages = ['benchmarks', 'judge', 'samples', 'chat'] as const
export type WizardStep = (typeof wizardSteps)[number]
export type ProjectStep = WizardStep | (typeof inspectPages)[number]

export type Page =
  | { name: 'home' }
  | { name: 'models' }
  | { name: 'runs' }
  | { name: 'compare'; runs: number[] }
  | { name: 'settings' }
  | { name: 'help'; topic: string | null }
  | { name: 'project'; projectId: string; step: ProjectStep }

const steps: readonly string[] = [...wizardSteps, ...inspectPages]

export function addressOf(page: Page): string {
  switch (page.name) {
    case 'project':
      return `#/project/${encodeURIComponent(page.projectId)}/${page.step}`
    case 'compare':
      return `#/compare/${page.runs.join(',')}`
    case 'help':
      return page.topic === null ? '#/help' : `#/help/${encodeURIComponent(page.topic)}`
    default:
      return `#/${page.name}`
  }
}

export function pageAt(address: string): Page {
  const [name = '', first = '', second = ''] = address.replace(/^#\/?/, '').split('/')
  if (name === 'project' && first !== '' && steps.includes(second))
    return { name, projectId: textOf(first), step: second as ProjectStep }
  if (name === 'compare')
    return {
      name,
      runs: first
        .split(',')
        .map(Number)
        .filter((run) => Number.isInteger(run) && run > 0),
    }
  if (name === 'help') return { name, topic: first === '' ? null : textOf(first) }
  if (name === 'models' || name === 'runs' || name === 'settings') return { name }
  return { name: 'home' }
}

/** An address that was typed may hold a lone %: it is then a name that nothing has. */
function textOf(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return part
    throw error
  }
}
