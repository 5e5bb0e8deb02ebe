import { mergeConfig } from 'vitest/config'
import shared from '../../vitest.shared.mjs'

// Files share the modules of their worker: loading them takes longer than most tests.
export default mergeConfig(shared, { test: { isolate: false } })
