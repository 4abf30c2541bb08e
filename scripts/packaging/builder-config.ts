import type { Configuration } from 'electron-builder'

/** The systems that the program is packaged for, named as Node names them. */
export interface PackageTarget {
  platform: 'linux' | 'darwin' | 'win32'
  arch: 'x64' | 'arm64'
}

export interface BuilderOptions extends PackageTarget {
  /** A folder with Electron's binary, or the stand-in for it. */
  electronDist: string
  outDir: string
  /** `store` for tests: quick, large. */
  compression: 'store' | 'normal' | 'maximum'
  /** Where the program may ask for newer versions; null, as by default: nowhere. */
  updateUrl: string | null
}

/** Plain Node reads no archive: whatever the engine imports lies beside app.asar as files. */
const engineFiles = [
  'out/engine/**',
  'node_modules/onnxruntime-node/**',
  'node_modules/onnxruntime-common/**',
  'node_modules/@duckdb/**',
  'node_modules/detect-libc/**',
]

/** Pure JavaScript is in the bundles; of node_modules only what has native code, for this system alone. */
function packedFiles({ platform, arch }: PackageTarget): string[] {
  return [
    'package.json',
    'LICENSE', // for the about box
    'out/**',
    'resources/icons/png/**', // of the window and the tray
    '!node_modules/**',
    'node_modules/better-sqlite3/{package.json,LICENSE,lib/**}',
    `node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node`,
    'node_modules/onnxruntime-node/{package.json,dist/**}',
    `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/**`,
    'node_modules/onnxruntime-common/{package.json,dist/cjs/**}',
    'node_modules/@duckdb/{node-api,node-bindings}/**',
    `node_modules/@duckdb/node-bindings-${platform}-${arch}/**`,
    'node_modules/detect-libc/**',
    '!**/*.{d.ts,d.mts,d.cts,map,md}',
    '!out/**/bundled-packages.json',
  ]
}

/**
 * Electron's switches, set once in the binary so that no environment variable or file beside the program changes what
 * it runs. Signing comes after it, so on macOS and Windows a changed binary no longer starts as ours.
 */
export const fuses = {
  // ELECTRON_RUN_AS_NODE no longer turns the program into a Node that runs anybody's script with our signature.
  runAsNode: false,
  // NODE_OPTIONS and NODE_EXTRA_CA_CERTS are not read: no preloaded script.
  enableNodeOptionsEnvironmentVariable: false,
  // --inspect and SIGUSR1 open no debugger into main.
  enableNodeCliInspectArguments: false,
  // The page's cookies, of which it has none today, are encrypted with the system's key store.
  enableCookieEncryption: true,
  // macOS and Windows: app.asar must have the hash that is written in the signed program. Linux has no such check.
  enableEmbeddedAsarIntegrityValidation: true,
  // Only resources/app.asar is loaded, never a folder resources/app put beside it.
  onlyLoadAppFromAsar: true,
  // One V8 snapshot for all processes, as Electron ships it.
  loadBrowserProcessSpecificV8Snapshot: false,
  // The page has an origin of its own (app://spin-studio): file:// needs no privileges.
  grantFileProtocolExtraPrivileges: false,
} as const

/** What electron-builder is told. One system at a time: the engine's Node is the one that npm installed for it. */
export function builderConfig(options: BuilderOptions): Configuration {
  const { platform, electronDist, outDir, compression, updateUrl } = options
  const node = platform === 'win32' ? 'node.exe' : 'node'
  return {
    appId: 'org.spin-studio.app',
    productName: 'SPIN Studio',
    copyright: 'SPIN Studio developers, Apache-2.0',
    directories: { output: outDir, buildResources: 'scripts/packaging' },
    electronDist,
    compression,
    asar: true,
    files: packedFiles(options),
    asarUnpack: engineFiles,
    extraResources: [
      { from: `node_modules/node/bin/${node}`, to: `engine/${node}` },
      { from: 'resources/starter', to: 'starter' },
      { from: 'resources/judging', to: 'judging' },
      { from: 'out/licences.txt', to: 'third-party-licences.txt' },
    ],
    // A copy, because electron-builder leaves out of the archive whatever it puts beside it.
    extraFiles: [{ from: 'out/LICENSE', to: 'LICENSE' }],
    // @electron/rebuild does not know better-sqlite3's prebuilt binaries and would compile.
    npmRebuild: false,
    // Ties the window to its menu entry, /usr/share/applications/spin-studio.desktop.
    extraMetadata: { desktopName: 'spin-studio.desktop' },
    nodeGypRebuild: false,
    electronFuses: fuses,
    // Writes app-update.yml into the package and latest….yml beside the installers; nothing is uploaded.
    publish: updateUrl === null ? null : { provider: 'generic', url: updateUrl },
    artifactName: 'spin-studio-${version}-${os}-${arch}.${ext}',
    linux: {
      target: ['AppImage', 'deb'],
      executableName: 'spin-studio',
      syncDesktopName: true,
      category: 'Science',
      icon: 'resources/icons/png',
    },
    win: { target: ['nsis'], icon: 'resources/icons/icon.ico' },
    nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
    mac: {
      target: ['dmg'],
      icon: 'resources/icons/icon.icns',
      category: 'public.app-category.developer-tools',
      hardenedRuntime: true,
      // The engine's Node compiles JavaScript and loads ONNX Runtime and DuckDB, which others signed.
      entitlements: 'scripts/packaging/mac-entitlements.plist',
      entitlementsInherit: 'scripts/packaging/mac-entitlements.plist',
    },
  }
}
