import { datasetStrings } from '../strings/dataset.ts'

const words = datasetStrings.good

export function GoodFile() {
  return (
    <section className="section good-file">
      <h2>{words.title}</h2>
      <p className="secondary">{words.text}</p>
      <pre className="sunken-code">{words.example}</pre>
      <ul className="notes">
        {words.notes.map(({ title, text }) => (
          <li key={title}>
            <strong>{title}</strong>
            <span className="hint">{text}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
