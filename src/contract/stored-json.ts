/** What a stored document's text says; null where a crash, a broken disk or an editor left no JSON. */
export function storedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
