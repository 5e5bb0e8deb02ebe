// The examples that `npm start` runs, and what each needs besides Node, npm and git.
import { spawnSync } from 'node:child_process'

/**
 * @typedef {{ name: string, debian: string, macos: string }} Need What is missing, and how it is installed.
 * @typedef {{ kind: 'ready', env: Record<string, string> } | { kind: 'missing', needs: readonly Need[] }} Readiness
 *   `env`: variables that the example's commands need.
 * @typedef {{ title: string, demo: string, setup?: readonly string[], readiness: () => Readiness, after: readonly string[] }} Example
 *   `demo`: its folder in tmp. `setup`: a command that installs, in the demo, what its own files ask for. `after`: what to try when it is built.
 */

const goGrpc = {
  debian: 'golang-go golang-google-grpc-dev golang-goprotobuf-dev protoc-gen-go-grpc',
  macos: 'brew install go',
}

/** Programs of the gRPC example. Plugins of protoc are programs, too. */
const grpcPrograms = [
  { name: 'go', ...goGrpc },
  { name: 'protoc', debian: 'protobuf-compiler', macos: 'brew install protobuf' },
  {
    name: 'protoc-gen-go',
    debian: 'golang-goprotobuf-dev',
    macos: 'go install github.com/golang/protobuf/protoc-gen-go@v1.4.3',
  },
  {
    name: 'protoc-gen-go-grpc',
    debian: 'protoc-gen-go-grpc',
    macos: 'go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.0.1',
  },
  { name: 'grpc_python_plugin', debian: 'protobuf-compiler-grpc', macos: 'brew install grpc' },
]

const pythonPackages = {
  name: 'a python3 with grpc, google.protobuf and pytest',
  debian: 'python3-grpcio python3-protobuf python3-pytest',
  macos: 'pip install grpcio protobuf pytest (in a virtual environment; PYTHON names its interpreter)',
}

/**
 * Whether the gRPC example can run here: which of its programs are missing, and the interpreter for `PYTHON`.
 *
 * @returns {Readiness}
 */
export function grpcReadiness(env = process.env) {
  const missing = grpcPrograms.filter(({ name }) => !succeeds('sh', ['-c', `command -v ${name}`], env))
  // A version manager's python3 does not see the packages of the system's.
  const interpreters = env.PYTHON ? [env.PYTHON] : ['python3', '/usr/bin/python3']
  const python = interpreters.find((each) => succeeds(each, ['-c', 'import grpc, google.protobuf, pytest'], env))
  const needs = python === undefined ? [...missing, pythonPackages] : missing
  return needs.length > 0 || python === undefined
    ? { kind: 'missing', needs }
    : { kind: 'ready', env: { PYTHON: python, GOFLAGS: withTrimpath(env.GOFLAGS) } }
}

/** Go's cache knows packages by the folder they are compiled in, and every checkout is another folder, unless paths are trimmed. */
function withTrimpath(flags) {
  if (flags?.includes('-trimpath')) return flags
  return flags ? `${flags} -trimpath` : '-trimpath'
}

/** What is missing, a line each, and the commands that install it. */
export function describeNeeds(needs) {
  const debian = [...new Set(needs.flatMap((need) => need.debian.split(' ')))]
  return [
    ...needs.map(({ name }) => `  missing: ${name}`),
    `  Debian, Ubuntu: sudo apt-get install ${debian.join(' ')}`,
    ...needs.map(({ macos }) => `  macOS: ${macos}`),
  ].join('\n')
}

function succeeds(program, args, env) {
  return spawnSync(program, args, { stdio: 'ignore', env }).status === 0
}

/** @type {Readonly<Record<string, Example>>} */
export const examples = {
  dataflow: {
    title: 'DataFlow',
    demo: 'demo',
    readiness: () => ({ kind: 'ready', env: {} }),
    after: ['npm start                        # DataFlow itself'],
  },
  'dataflow-grpc': {
    title: 'DataFlow over gRPC',
    demo: 'demo-grpc',
    setup: ['sh', 'scripts/setup.sh'],
    readiness: grpcReadiness,
    after: [
      'npm start                        # the service, the backend and the page',
      'go test ./...                    # python3 -m pytest and node --test web/test/*.test.mjs test the other parts',
    ],
  },
}
