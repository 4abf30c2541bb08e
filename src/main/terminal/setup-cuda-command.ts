import { nugetIndex } from '../cuda-setup/provider-package.ts'
import { describeCudaSetup, setUpCuda } from '../cuda-setup/setup-cuda.ts'
import { defaultDataDir } from '../data-dir.ts'
import type { Command } from './command.ts'
import { createEventView } from './follow-stage.ts'
import { flag } from './option-kinds.ts'
import { option, readOptions } from './options.ts'

const options = {
  yes: option(flag(), {
    placeholder: '',
    help: 'Fetches it. Without this the command says what it would fetch, how large it is and under which licence.',
    default: false,
  }),
}

/** ONNX Runtime's CUDA provider, fetched once and only when asked for. */
export const setupCudaCommand: Command = {
  name: 'setup-cuda',
  summary: "fetches ONNX Runtime's CUDA provider from NuGet, once (Linux x64)",
  usage: '[--yes]',
  options,
  notes:
    "NVIDIA's driver, CUDA's libraries and cuDNN are no part of it: doctor says which of them it needs and which are there.\n" +
    'An interrupted fetch goes on where it was with the same command.',
  async run({ display, signal }, argv) {
    const { yes } = readOptions(argv, options, 'setup-cuda').values
    const ask = { dataDir: defaultDataDir(), indexUrl: nugetIndex(), signal }
    const setup = await describeCudaSetup(ask)
    if (setup.state === 'ready') return display.line(`The CUDA provider is there: ${setup.dir}`)
    if (setup.state === 'absent') {
      const { packageName, version, host, bytes, fetchedBytes, licence, dir } = setup
      const size = `${(bytes / 1e6).toFixed(0)} MB${fetchedBytes > 0 ? `, ${(fetchedBytes / 1e6).toFixed(0)} of them fetched` : ''}`
      display.line(`${packageName} ${version} from ${host}: ${size}; licence ${licence}; goes to ${dir}`)
      if (!yes) return display.line('Nothing was fetched. Give --yes to fetch it.')
    }
    const show = createEventView(display)
    for await (const event of setUpCuda(ask)) {
      if (event.kind !== 'done') show('', event)
      else {
        display.settle()
        display.line(`The CUDA provider is there: ${event.dir}`)
      }
    }
  },
}
