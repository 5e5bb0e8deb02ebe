import { mergeConfig } from 'vitest/config'
import shared from '../vitest.shared.mjs'

export default mergeConfig(shared, { test: { testTimeout: 240_000, hookTimeout: 120_000, maxWorkers: 2 } })
