import { shortcuts as keys } from '../../commands/shortcuts.ts'
import type { Topic } from '../topic.ts'

/** The window's own keys come from the command list, so that this never says what is not so. */
export const shortcuts: Topic = {
  id: 'shortcuts',
  title: 'Keyboard shortcuts',
  summary: 'Everything can be done without a mouse. On a Mac the command key counts as Ctrl.',
  sections: [
    {
      title: 'Everywhere',
      blocks: [
        {
          table: {
            head: ['Keys', 'What it does'],
            rows: [
              ...keys.map((shortcut) => [`\`${shortcut.keys}\``, shortcut.words]),
              ['`Esc`', 'Close a menu, tooltip or dialog'],
            ],
          },
        },
        'In a browser the browser keeps some keys for itself (Ctrl N, and Ctrl 1 to 6 in most). The same commands are in the palette, `Ctrl K`.',
      ],
    },
    {
      title: 'On a page',
      blocks: [
        {
          table: {
            head: ['Page', 'Keys', 'What it does'],
            rows: [
              ['Run', '`Space`', 'Pause or resume'],
              ['Run, Samples, Benchmarks', '`[` `]`', 'Previous, next iteration'],
              ['Samples, Benchmarks', '`/`', 'Search'],
              ['Samples, Benchmarks', '`↑` `↓` or `J` `K`', 'Previous, next row'],
              ['Samples', '`F`', 'Flag the row'],
              ['Chat', '`Enter`', 'Send; `Shift Enter` starts a line'],
              ['Chat', '`↑`', 'Edit the last prompt, from an empty field'],
              ['Chat', '`Esc`', 'Stop the answer'],
              ['Charts', '`←` `→`', 'Move the cursor a step; ten with `Shift`; `Home` and `End` to the ends'],
              ['Help', '`/`', 'Search'],
            ],
          },
        },
        'Keys without Ctrl do nothing while you type in a field.',
      ],
    },
  ],
}
