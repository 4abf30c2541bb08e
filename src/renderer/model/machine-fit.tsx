import { gigabytes } from '../components/numbers.ts'
import { Section } from '../components/sections.tsx'
import { modelStrings as words } from '../strings/model.ts'
import { useCall } from '../use-main.ts'
import { neededBytes, trainingMethods, usableBytes } from './memory-need.ts'

/** Whether the ways of training fit the machine's memory, by rule of thumb. */
export function MachineFit({ parameters }: { parameters: number }) {
  const { value: machine } = useCall('machine', {})
  if (!machine) return null
  const { memoryBytes, freeMemoryBytes } = machine
  return (
    <Section title={words.fits} hint={words.fitsHint(gigabytes(memoryBytes))}>
      <table className="list">
        <tbody>
          {trainingMethods.map((method) => {
            const bytes = neededBytes(method, parameters)
            return (
              <tr key={method}>
                <td className="key">{words.methods[method]}</td>
                <td className="number" title={words.methodHelp[method]}>
                  {words.needs(gigabytes(bytes))}
                </td>
                <td className="secondary">
                  {bytes > usableBytes(memoryBytes)
                    ? words.fit.no(gigabytes(bytes - usableBytes(memoryBytes)))
                    : bytes > freeMemoryBytes
                      ? words.fit.tight(gigabytes(freeMemoryBytes))
                      : words.fit.yes}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </Section>
  )
}
