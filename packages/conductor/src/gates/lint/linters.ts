import type { Linter } from './linter.ts'
import { biome } from './linters/biome.ts'
import { clippy } from './linters/clippy.ts'
import { eslint } from './linters/eslint.ts'
import { flake8 } from './linters/flake8.ts'
import { goVet } from './linters/go-vet.ts'
import { golangciLint } from './linters/golangci-lint.ts'
import { ruff } from './linters/ruff.ts'

/** Every linter that is found by its configuration, the quick ones first. */
export const linters: readonly Linter[] = [ruff, biome, flake8, eslint, goVet, golangciLint, clippy]
