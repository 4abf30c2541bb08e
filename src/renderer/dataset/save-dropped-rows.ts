import type { MainClient } from '../main-client.ts'

/** All dropped rows as the file that main keeps of them, handed to the host's own download. */
export async function saveDroppedRows(client: MainClient, projectId: string, name: string): Promise<void> {
  const parts: BlobPart[] = []
  for (let offset: number | null = 0; offset !== null;) {
    const piece: { bytes: Uint8Array; nextOffset: number | null } = await client.call('droppedRows', {
      projectId,
      offset,
    })
    parts.push(piece.bytes as Uint8Array<ArrayBuffer>)
    offset = piece.nextOffset
  }
  const url = URL.createObjectURL(new Blob(parts, { type: 'application/x-ndjson' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${name}, dropped rows.jsonl`
  link.click()
  URL.revokeObjectURL(url)
}
