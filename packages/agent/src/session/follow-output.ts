import type { SessionUsage } from '../contract.ts'
import type { StreamEvent, StreamReader, StreamTokens } from '../presets/preset.ts'
import { MeaningfulLines, meaningfulLines } from './meaningful.ts'
import { OutputLines } from './output-lines.ts'

/** Characters of an agent's words that are kept: enough to find its report in. */
const mostCharacters = 512 * 1024
/** Lines that a person is shown of a session that failed. */
const lastLines = 5
/** Shortest time between two pieces of news. */
const newsMs = 1_000

/** What a program said in a session, as far as it is of use after it. */
export interface Heard {
  /** The agent's words, from all of the session and since it last used a tool; undefined where its output has no format. */
  readonly words?: { readonly all: string; readonly last: string }
  readonly usage: SessionUsage
  /** Its last lines that mean something to a person. */
  readonly lines: readonly string[]
  /** The program's own word on how the session ended. */
  readonly error?: string
  readonly refused?: string
  readonly turnLimit: boolean
}

/**
 * Follows what a program prints while it works, in bounded memory. With a reader its lines are events of a format; without one, or where
 * a line is not in the format, they are words for a person. `onNews`: what it said or did last, at most once a second.
 */
export class OutputFollower {
  readonly #reader: StreamReader | undefined
  readonly #now: () => number
  readonly #onNews: (summary: string, usage: SessionUsage) => void
  readonly #lines = new OutputLines((line) => this.#read(line))
  readonly #plain = new MeaningfulLines()
  #recent: string[] = []
  #all = ''
  #last = ''
  #final = ''
  #isOpen = false
  #spent: StreamTokens | undefined
  #turns = 0
  #error: string | undefined
  #refused: string | undefined
  #turnLimit = false
  #news: string | undefined
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(
    reader: StreamReader | undefined,
    now: () => number,
    onNews: (summary: string, usage: SessionUsage) => void,
  ) {
    this.#reader = reader
    this.#now = now
    this.#onNews = onNews
  }

  add(text: string): void {
    this.#lines.add(text)
    if (this.#now() - this.#toldAt >= newsMs) this.#tell()
  }

  finish(): Heard {
    this.#lines.finish()
    this.#tell()
    const end = this.#error === undefined ? [] : meaningfulLines(this.#error)
    const lines = [...this.#recent, ...end.filter((line) => !this.#recent.includes(line))].slice(-lastLines)
    return {
      ...(this.#reader === undefined ? {} : { words: { all: this.#words(), last: this.#final || this.#last } }),
      usage: this.#usage(),
      lines,
      ...(this.#error === undefined ? {} : { error: this.#error }),
      ...(this.#refused === undefined ? {} : { refused: this.#refused }),
      turnLimit: this.#turnLimit,
    }
  }

  /** All that the agent said. The words that the session ends with are in its messages as well, or nowhere else. */
  #words(): string {
    return this.#all.includes(this.#final) ? this.#all : join(this.#all, '\n', this.#final)
  }

  #read(line: string): void {
    const events = this.#reader?.read(line)
    if (events === undefined) this.#note(this.#plain.take(line))
    else for (const event of events) this.#take(event)
  }

  #take(event: StreamEvent): void {
    if (event.type !== 'text') this.#isOpen = false
    switch (event.type) {
      case 'text':
        this.#hear(event.text, event.isPart === true)
        return
      case 'tool':
        this.#last = ''
        this.#note(this.#plain.take(`${event.name} ${event.about.replace(/\s+/g, ' ')}`))
        return
      case 'final':
        this.#final = event.text.slice(-mostCharacters)
        return
      case 'usage':
        if (event.of === 'turn') this.#turns += 1
        this.#spent = event.of === 'turn' && this.#spent ? sum(this.#spent, event.tokens) : event.tokens
        return
      case 'turns':
        this.#turns = event.turns
        return
      case 'error':
        this.#error = event.message.slice(0, mostCharacters)
        this.#news = meaningfulLines(event.message)[0] ?? this.#news
        return
      case 'succeeded':
        this.#error = undefined
        return
      case 'refused':
        this.#refused = event.message
        return
      case 'turn-limit':
        this.#turnLimit = true
        return
      default:
        event satisfies never
    }
  }

  /** A message, or a part of one: parts follow each other without a line between. */
  #hear(text: string, isPart: boolean): void {
    const joint = this.#isOpen && isPart ? '' : '\n'
    this.#all = join(this.#all, joint, text)
    this.#last = join(this.#last, joint, text)
    this.#isOpen = isPart
    if (!isPart) {
      const lines = meaningfulLines(text)
      for (const line of lines) this.#note(line)
      this.#news = lines[0] ?? this.#news
      return
    }
    // Of a message in parts, whole lines are news.
    if (!text.includes('\n')) {
      this.#news = meaningfulLines(this.#last.slice(-2_000)).at(-1) ?? this.#news
      return
    }
    this.#recent = [...meaningfulLines(this.#last.slice(-20_000))].slice(-lastLines)
    this.#news = this.#recent.at(-1) ?? this.#news
  }

  #note(line: string | undefined): void {
    if (line === undefined) return
    this.#recent = [...this.#recent, line].slice(-lastLines)
    this.#news = line
  }

  #tell(): void {
    if (this.#news === undefined) return
    this.#onNews(this.#news, this.#usage())
    this.#news = undefined
    this.#toldAt = this.#now()
  }

  #usage(): SessionUsage {
    const { input, output, cacheRead, cacheWrite } = this.#spent ?? nothing
    return {
      turns: Math.max(1, this.#turns),
      inputTokens: input,
      outputTokens: output,
      cacheReadTokens: cacheRead,
      cacheWriteTokens: cacheWrite,
      ...(this.#spent === undefined ? { uncounted: 1 } : {}),
    }
  }
}

const nothing: StreamTokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

function sum(one: StreamTokens, other: StreamTokens): StreamTokens {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
  }
}

function join(before: string, joint: string, text: string): string {
  return (before === '' ? text : `${before}${joint}${text}`).slice(-mostCharacters)
}
