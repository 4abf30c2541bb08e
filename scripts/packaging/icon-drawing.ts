/** Teal is human, orange is generated, indigo is yours: who plays, in a circle. As src/renderer/mark.svg, on a plate. */
const arcs = [
  { colour: '#4fc4d0', fromDegrees: -90 },
  { colour: '#f29e62', fromDegrees: 30 },
  { colour: '#6f7bec', fromDegrees: 150 },
]
const arcDegrees = 94
const unit = 1024

/**
 * The icon as SVG, `size` px wide. Small ones have a heavier line and use the whole square; `mac` leaves the margin
 * that the Dock expects around a plate (100 of 1024).
 */
export function drawIcon(size: number, shape: 'plate' | 'mac'): string {
  const isSmall = size <= 32
  const margin = shape === 'mac' ? 100 : isSmall ? 0 : 32
  const side = unit - 2 * margin
  const radius = side * (isSmall ? 0.31 : 0.29)
  const stroke = side * (isSmall ? 0.155 : 0.115)
  const lines = arcs.map(({ colour, fromDegrees }) => {
    const [x0, y0] = pointAt(fromDegrees, radius)
    const [x1, y1] = pointAt(fromDegrees + arcDegrees, radius)
    const r = radius.toFixed(1)
    return `<path d="M${x0} ${y0}A${r} ${r} 0 0 1 ${x1} ${y1}" stroke="${colour}"/>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${unit} ${unit}" style="display:block">`,
    '<defs><linearGradient id="plate" x2="0" y2="1"><stop stop-color="#2b303a"/><stop offset="1" stop-color="#15171b"/></linearGradient></defs>',
    `<rect x="${margin}" y="${margin}" width="${side}" height="${side}" rx="${(side * 0.225).toFixed(1)}" fill="url(#plate)"/>`,
    `<g fill="none" stroke-width="${stroke.toFixed(1)}" stroke-linecap="round">${lines.join('')}</g>`,
    '</svg>',
  ].join('')
}

function pointAt(degrees: number, radius: number): [string, string] {
  const angle = (degrees * Math.PI) / 180
  return [unit / 2 + radius * Math.cos(angle), unit / 2 + radius * Math.sin(angle)].map((v) =>
    v.toFixed(1),
  ) as [string, string]
}
