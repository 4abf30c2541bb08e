import { gigabytes } from '../components/numbers.ts'
import { useCall } from '../use-main.ts'

export function MachinePane() {
  const { value: machine, problem } = useCall('machine', {})
  const { value: engine, problem: engineProblem } = useCall('engine', {})
  return (
    <aside className="pane machine" aria-label="This machine">
      <div className="section">
        <h2>This machine</h2>
        {problem && <div className="strip error">{problem}</div>}
        <dl className="number">
          <Check
            name="Engine"
            value={engine ? 'Ready' : engineProblem ? 'Not working' : 'Starting…'}
            detail={
              engine
                ? `${engine.device}, ONNX Runtime ${engine.versions['onnxruntime-node'] ?? ''}`
                : (engineProblem ?? '')
            }
          />
          {machine && (
            <>
              <Check name="Processor" value={`${machine.cores} cores`} detail={machine.processor} />
              <Check
                name="Memory"
                value={gigabytes(machine.memoryBytes)}
                detail={`${gigabytes(machine.freeMemoryBytes)} free`}
              />
              <Check
                name="Disk"
                value={`${gigabytes(machine.freeDiskBytes)} free`}
                detail={`of ${gigabytes(machine.diskBytes)}, ${machine.dataDir}`}
              />
              <Check name="System" value={machine.platform.split(' ')[0] ?? ''} detail={machine.platform} />
              <Check
                name="SPIN Studio"
                value={machine.versions['spin-studio'] ?? ''}
                detail={`Node ${machine.versions['node']}`}
              />
            </>
          )}
        </dl>
      </div>
    </aside>
  )
}

function Check({ name, value, detail }: { name: string; value: string; detail: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="value">{value}</dd>
      <dd className="detail">{detail}</dd>
    </div>
  )
}
