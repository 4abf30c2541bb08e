import { Button } from '@mantine/core'
import { Icon } from './components/icon.tsx'
import { hostStrings } from './strings/host.ts'

const words = hostStrings.lost

/** Over the whole width: why nothing can be done here now, what is safe, and what to do. */
export function LostConnection({ isRestarted }: { isRestarted: boolean }) {
  const why = isRestarted ? words.restarted : window.desktop ? words.desktop : words.trying
  return (
    <div className="lost" role="alert">
      <Icon name="warning" />
      <p>
        <strong>{words.title}.</strong> {why} {words.safe}
      </p>
      {!isRestarted && (
        <Button variant="default" onClick={() => window.location.reload()}>
          {words.reload}
        </Button>
      )}
    </div>
  )
}
