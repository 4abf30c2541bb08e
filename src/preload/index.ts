import { contextBridge, ipcRenderer, webUtils } from 'electron'

/** All that the page gets of the shell: one port to main, and the path of a file that was dropped on it. */
contextBridge.exposeInMainWorld('desktop', {
  /** The port arrives as a window message, because a port cannot cross the bridge. */
  connect(): void {
    const { port1, port2 } = new MessageChannel()
    ipcRenderer.postMessage('connect', null, [port2])
    window.postMessage('spin-studio-port', window.location.origin, [port1])
  },
  pathForFile: (file: File): string => webUtils.getPathForFile(file),
})
