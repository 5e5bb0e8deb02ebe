import type { DiskUse } from '../../checkouts/layer-contents.ts'

/** 1234 → `1.2k`. */
export function compact(count: number): string {
  if (count < 1_000) return String(count)
  if (count < 1_000_000) return `${(count / 1_000).toFixed(count < 10_000 ? 1 : 0)}k`
  return `${(count / 1_000_000).toFixed(1)}M`
}

/** Milliseconds → `0:07`, `12:03`, `1:02:03`. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
}

/** Milliseconds → `340 ms`, `2.4 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`
}

/** Milliseconds → `45 s`, `3 min 20 s`. */
export function seconds(ms: number): string {
  const whole = Math.floor(ms / 1_000)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** `1 agent`, `2 fixes`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : noun.endsWith('x') ? 'es' : 's'}`
}

/** `195 MB, 30125 inodes`. */
export function formatDiskUse({ bytes, inodes }: DiskUse): string {
  return `${formatBytes(bytes)}, ${inodes} inodes`
}

/** `195 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const size = bytes / 1_000 ** power
  return `${size.toFixed(power > 0 && size < 10 ? 1 : 0)} ${units[power]}`
}
