import { describe, expect, test } from 'vitest'
import { typeCriterion } from '../src/criterion.ts'

const typed: readonly (readonly [string, object])[] = [
  ['proto/*.proto files exist', { kind: 'path-exists', globs: ['proto/*.proto'] }],
  ['`dist/` folder exists', { kind: 'path-exists', globs: ['dist'] }],
  ['Files exist: a/b.ts, c/**/*.ts', { kind: 'path-exists', globs: ['a/b.ts', 'c/**/*.ts'] }],
  ['docs/guide.md and `docs/ref.md` exist.', { kind: 'path-exists', globs: ['docs/guide.md', 'docs/ref.md'] }],
  ['`npm test` exits 0', { kind: 'command', command: 'npm test' }],
  ['Command `./check` exits with code 0', { kind: 'command', command: './check' }],
  ['`npm run build` succeeds without errors', { kind: 'command', command: 'npm run build' }],
  ['`npm test` and `npm run lint` pass', { kind: 'command', command: 'npm test && npm run lint' }],
  ['Command: `make check`', { kind: 'command', command: 'make check' }],
  ['`frobnicate` exits 0', { kind: 'command', command: 'frobnicate' }],
  ['`curl localhost:3000` works', { kind: 'command', command: 'curl localhost:3000' }],
  ['config.yaml contains `replicas: 3`', { kind: 'file-contains', path: 'config.yaml', needle: 'replicas: 3' }],
  ['README.md mentions "licence"', { kind: 'file-contains', path: 'README.md', needle: 'licence' }],
  ['gRPC server starts on port 50051', { kind: 'serves', port: 50_051 }],
  [
    'gRPC server starts on port 50051, started with `go run ./server`',
    { kind: 'serves', port: 50_051, start: 'go run ./server' },
  ],
  [
    'http://localhost:8051/health returns 200, started with `"${PYTHON:-python3}" -m backend`',
    { kind: 'serves', port: 8051, path: '/health', start: '"${PYTHON:-python3}" -m backend' },
  ],
  ['http://localhost:8080/health returns 200', { kind: 'serves', port: 8080, path: '/health' }],
  [
    'API available at localhost:3000/api, started with `npm start`',
    { kind: 'serves', port: 3000, path: '/api', start: 'npm start' },
  ],
  ['All tests pass', { kind: 'tests-pass' }],
  ['All unit and integration tests pass', { kind: 'tests-pass' }],
  ['The test suite is green', { kind: 'tests-pass' }],
]

const prose: readonly string[] = [
  'Python and Go stubs generated in backend/ and grpc-service/',
  'It feels right',
  'Database migrations run',
  'The `User` model exists',
  'User table exists',
  '`validate()` passes',
  '`bliss-mixer` uses the new core',
  '`npm run build` succeeds with no `.env`',
  '`npm test` passes and the README says how',
  'Server listens on port 80 and migrations run',
  'GET /admin on port 8080 returns 401',
  'Server listens on port 99999',
  'Wrangler upgraded across the monorepo, tests pass',
  'All tests pass in under a minute',
  '/etc/passwd exists',
  '../secrets.txt exists',
  '../secrets.txt contains "x"',
  'No TODO left in src/',
  'Run the tests and look',
  '`GET /health` returns the version',
]

describe('a criterion', () => {
  test.each(typed)('%s is checked by machine', (text, expected) => {
    expect(typeCriterion(text)).toEqual(expected)
  })

  test.each(prose)('%s is prose: nothing that is only partly checked looks checked', (text) => {
    expect(typeCriterion(text)).toEqual({ kind: 'prose' })
  })
})
