/** Packages whose name or licence has every word of the search, in their order. */
export function findLicences<T extends { name: string; licence: string }>(
  licences: readonly T[],
  search: string,
): T[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean)
  return licences.filter(({ name, licence }) => {
    const text = `${name} ${licence}`.toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}
