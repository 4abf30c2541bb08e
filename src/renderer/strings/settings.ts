import { day, fileSize, whole } from '../components/numbers.ts'

/** Words of the Settings page. */
export const settingsStrings = {
  title: 'Settings',
  subtitle: 'Changes apply at once. They are kept in the data folder and hold for every project.',
  loading: 'Reading the settings…',
  groups: {
    look: 'Appearance',
    runs: 'While a run goes on',
    projects: 'Projects and plans',
    machine: 'This machine',
    faults: 'When something goes wrong',
    program: 'The program',
  },
  more: 'More',

  colors: {
    label: 'Colours',
    about: 'Light or dark, or as the system has it at the moment.',
    options: { system: 'System', light: 'Light', dark: 'Dark' },
  },
  tensorFlow: {
    title: 'Training on TensorFlow',
    text: [
      'TensorFlow is no part of the program. It is installed once, in a folder of your own, with npm install ' +
        '@tensorflow/tfjs-node-gpu@4.22.0; the environment variable SPIN_STUDIO_TENSORFLOW names that folder when the program starts. ' +
        'It computes on NVIDIA cards through CUDA 11.2 and cuDNN 8.1, which may stand beside newer ones.',
      'Devices, in Settings, says whether it can be used, and otherwise what is missing, by name, and what to do. It has never been ' +
        'run on a card by the developers of this program.',
    ],
  },
  notifications: {
    label: 'Notifications',
    about: 'Tells when a run is done, has stopped or has paused by itself, while the window is not in front.',
    ask: 'Allow in this browser…',
    notAsked: 'This browser has not been asked yet. Until then the page alone tells.',
    denied:
      'This browser blocks them for this page. They can be allowed beside the address, in the site’s settings.',
    unsupported: 'This browser has none. The page itself tells.',
  },
  keepAwake: {
    label: 'Keep the machine awake',
    about:
      'The system does not go to sleep while a run, benchmarks or a judging go on. The screen may still go dark.',
    browser:
      'A browser page cannot do this; the desktop window can. Set the machine not to sleep in its own power settings.',
  },
  projectsDir: {
    label: 'Folder for projects',
    about:
      'New projects are made here, with all that their runs write. Those that exist stay where they are.',
    choose: 'Choose…',
    chooseTitle: 'Folder for new projects',
    reset: 'Back to the default',
    default: 'below the data folder',
  },
  presets: {
    label: 'Saved plans',
    about: 'Plans that you saved by name in the Plan step. Deleting one changes no project.',
    none: 'None saved yet. “Save as preset…” in the Plan step keeps a plan for other projects.',
    facts: (iterations: number) => (iterations === 1 ? '1 iteration' : `${iterations} iterations`),
    delete: 'Delete',
    deleteNamed: (name: string) => `Delete the saved plan ${name}`,
  },
  crashes: {
    label: 'Keep crash reports',
    about:
      'When the program, its window or its engine ends unexpectedly, a report is written on this machine. It is never sent.',
    list: 'Reports',
    none: 'No reports. Nothing has crashed, or they were deleted.',
    count: (count: number) => (count === 1 ? '1 report' : `${whole(count)} reports`),
    where: (dir: string) => `In ${dir}`,
    row: (at: number, bytes: number) => `${day(at)}, ${fileSize(bytes)}`,
    what: { program: 'Program', window: 'Window', engine: 'Engine' },
    show: 'Show in folder',
    andMore: (count: number) => `and ${count === 1 ? '1 more' : `${whole(count)} more`}`,
    delete: 'Delete all…',
    deleteTitle: 'Delete all crash reports?',
    deleteText: 'They are gone for good. The program does not need them.',
    keep: 'Keep them',
    confirm: 'Delete all',
  },
  diagnostics: {
    label: 'Diagnostics',
    about: 'One file that helps to find a fault. Nobody gets it unless you send it; look into it before.',
    inside:
      'In it: versions, processor, memory, disk and graphics card, these settings, the numbers of the last plan and its stages, crash reports, the shape of the engine’s last messages.',
    outside:
      'Not in it: names of projects, models, files or people, paths, prompts, answers, and anything that could quote them.',
    save: 'Save diagnostics…',
  },
  updates: {
    label: 'Look for new versions',
    about:
      'Off unless you switch it on. Once a day one file is then asked of the address that this package was made with, if it was made with one. Nothing else is sent, and nothing is downloaded or installed.',
    browser: 'The desktop window alone does this. What is started from a terminal never asks.',
  },
  dataDir: {
    label: 'Data folder',
    about:
      'The record of all runs, these settings, crash reports, and projects that have no other place. Nothing of the program lies elsewhere.',
    show: 'Show in folder',
    copy: 'Copy path',
    copied: 'Copied',
    copyFailed: 'The system did not allow copying.',
  },
  about: {
    label: 'About',
    about: 'Versions, licence, and what the program contains of others.',
    show: 'Show…',
  },
} as const
