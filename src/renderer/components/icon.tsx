const paths = {
  home: 'M2 7.5 8 2l6 5.5M3.5 6.5V14h9V6.5M6.5 14v-4h3v4',
  models: 'M8 1.5 14 4.8v6.4L8 14.5 2 11.2V4.8zM2 4.8l6 3.4 6-3.4M8 8.2v6.3',
  runs: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  compare:
    'M4 2.5v8.2M4 10.7a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2M12 5.3v8.2M12 2.1a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2M6 3.7h3.4L12 5.3M10 12.3H6.6L4 10.7',
  samples: 'M2.5 2.5h11v11h-11zM2.5 6.2h11M6.2 6.2v7.3',
  benchmarks: 'M2 13.5h12M4 13.5V8.5M8 13.5V2.5M12 13.5V6',
  judge: 'M8 2v12M4.5 14h7M3 4.2h10M3 4.2 1.2 9a2 2 0 0 0 3.6 0zM13 4.2 11.2 9a2 2 0 0 0 3.6 0z',
  chat: 'M2.5 3h11v8h-5l-3 2.5V11h-3zM5.2 6h5.6M5.2 8.2h3.6',
  help: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.6-.8 1.3M8 11.2v.6',
  settings:
    'M8 6.1a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M8 3.5V1.7M8 14.3v-1.8M3.5 8H1.7M14.3 8h-1.8M4.8 4.8 3.6 3.6M12.4 12.4l-1.2-1.2M11.2 4.8l1.2-1.2M3.6 12.4l1.2-1.2',
  plus: 'M8 3v10M3 8h10',
  folder: 'M1.8 4h4l1.4 1.6h7v7.4H1.8z',
  file: 'M3.8 1.8h5l3.4 3.4v9H3.8zM8.8 1.8v3.4h3.4',
  replace: 'M2 5.5h9l-2-2M14 10.5H5l2 2',
  play: 'M4.5 2.8v10.4L13 8z',
  pause: 'M5 3v10M11 3v10',
  stop: 'M3.8 3.8h8.4v8.4H3.8z',
  check: 'M3 8.5 6.5 12 13 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  left: 'M10 3 5 8l5 5',
  right: 'M6 3l5 5-5 5',
  down: 'M3 6l5 5 5-5',
  arrow: 'M2.5 8h11M9.5 4l4 4-4 4',
  search: 'M7 2.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6M10.5 10.5 14 14',
  flag: 'M4 14V2.5h8l-2 3 2 3H4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  warning: 'M8 2 15 14H1zM8 6.5v3.6M8 11.6v.8',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  refresh: 'M13 5.5A5.5 5.5 0 1 0 13.5 9M13 2.5v3h-3',
  trash: 'M3 4.2h10M6 4.2V2.5h4v1.7M4.2 4.2l.6 9.3h6.4l.6-9.3',
  export: 'M8 9.5V2M5 4.8 8 2l3 2.8M2.5 9v4.5h11V9',
  rollback: 'M3 3v3.5h3.5M3.2 6.3A5.5 5.5 0 1 1 2.6 9',
  star: 'M8 1.8l1.9 4 4.3.6-3.1 3 .7 4.3L8 11.7l-3.8 2 .7-4.3-3.1-3 4.3-.6z',
  pencil: 'M2.8 13.2l.7-3.2 7-7 2.5 2.5-7 7z',
  note: 'M3 2h10v12H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  sidebar: 'M2 3h12v10H2zM6.5 3v10',
  monitor: 'M2 3h12v8H2zM6 14h4M8 11v3',
} as const
export type IconName = keyof typeof paths

/** A line drawing of 16 × 16, never the only bearer of a meaning: a word or a label stands beside it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="icon"
    >
      <path d={paths[name]} />
    </svg>
  )
}
