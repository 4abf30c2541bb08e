import { saveBytes } from '../host/save-bytes.ts'
import type { MainClient } from '../main-client.ts'
import { datasetStrings } from '../strings/dataset.ts'

/** All dropped rows as the file that main keeps of them: where the person says, or as a browser's download. */
export async function saveDroppedRows(client: MainClient, projectId: string, project: string): Promise<void> {
  const parts: BlobPart[] = []
  for (let offset: number | null = 0; offset !== null;) {
    const piece: { bytes: Uint8Array; nextOffset: number | null } = await client.call('droppedRows', {
      projectId,
      offset,
    })
    parts.push(new Uint8Array(piece.bytes))
    offset = piece.nextOffset
  }
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
  await saveBytes(client, datasetStrings.droppedFile(project), bytes)
}
