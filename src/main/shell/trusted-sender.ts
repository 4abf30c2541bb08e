import type { WebContents, WebFrameMain } from 'electron'
import { pageOrigin } from './page-protocol.ts'

/** Whether a message came from our own page in the top frame: a frame that was navigated away has no say. */
export function isTrustedSender({
  sender,
  senderFrame,
}: {
  sender: WebContents
  senderFrame: WebFrameMain | null
}): boolean {
  if (!senderFrame || senderFrame !== sender.mainFrame) return false
  if (!URL.canParse(senderFrame.url)) return false
  const { protocol, host } = new URL(senderFrame.url)
  return `${protocol}//${host}` === pageOrigin
}
