/** The small vocabulary of the checker `sentence`: the [colour] [size] animal verb [adverb]. */
export const animals = [
  'ant', 'bat', 'bear', 'bee', 'bird', 'camel', 'cat', 'cow', 'crab', 'crow', 'deer', 'dog', 'duck', 'eel', 'fish',
  'fox', 'frog', 'goat', 'hare', 'hawk', 'hen', 'horse', 'koala', 'lamb', 'lion', 'mole', 'moth', 'mouse', 'owl',
  'panda', 'pig', 'pony', 'rat', 'seal', 'sheep', 'snail', 'snake', 'swan', 'tiger', 'wolf',
] as const
export const colours = ['red', 'blue', 'green', 'white', 'black', 'brown', 'gray', 'pink', 'gold', 'tan'] as const
export const sizes = ['big', 'small', 'tiny', 'tall', 'thin', 'old', 'young', 'fat', 'calm', 'wet'] as const
export const verbs = [
  'runs', 'sits', 'eats', 'hides', 'jumps', 'waits', 'sleeps', 'walks', 'sings', 'plays', 'rests', 'swims', 'digs',
  'looks', 'turns', 'naps',
] as const
export const adverbs = ['now', 'well', 'fast', 'again', 'here', 'there', 'alone', 'today', 'often', 'late'] as const
