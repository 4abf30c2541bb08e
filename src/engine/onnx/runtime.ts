import ort from 'onnxruntime-node'

/**
 * ONNX Runtime as every room of the engine takes it. Since 1.29 its builds for Linux and macOS tell Microsoft of sessions, models'
 * names and the machine unless this variable says otherwise by the time the first session is made; they also leave a log among
 * the temporary files and an identifier of the machine. Nothing of this program is sent anywhere.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1'

export default ort
