/** Words of every long list of rows. */
export const listStrings = {
  toMove: 'to move',
}
