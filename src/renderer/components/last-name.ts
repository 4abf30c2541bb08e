/** Of a path of the machine that computes, whichever way its slashes lean: "/models/tiny-chat" → "tiny-chat". */
export const lastName = (path: string): string => path.split(/[/\\]/).findLast((part) => part !== '') ?? path

/** Of a model's folder: with its parent where it is called just "model". */
export function modelFolderName(dir: string): string {
  const parts = dir.split(/[/\\]/).filter((part) => part !== '')
  return parts.at(-1) === 'model' ? parts.slice(-2).join('/') : lastName(dir)
}
