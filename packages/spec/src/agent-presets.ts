/** The coding agents that the driver `command` knows how to call, by the name of their program. */
export const AGENT_PRESETS = ['claude', 'codex', 'gemini', 'opencode', 'aider', 'cursor-agent', 'copilot'] as const
export type AgentPreset = (typeof AGENT_PRESETS)[number]
