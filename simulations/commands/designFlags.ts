// The flags with which run, compare and tune are told how long and how sure.
import { type FigureName, figureNames } from '../day.ts'
import type { Design } from '../experiments/experiment.ts'
import { isFigureName } from '../experiments/figures.ts'
import type { HalfWidth, Stopping } from '../experiments/replications.ts'
import type { WarmUpWish } from '../experiments/warmUp.ts'
import { numberFlag, UsageError } from './command.ts'

export const designFlags = {
  replications: { type: 'string' },
  'half-width': { type: 'string', multiple: true },
  'max-replications': { type: 'string' },
  'warm-up': { type: 'string' },
  seed: { type: 'string' },
  level: { type: 'string' },
  threads: { type: 'string' },
} as const

const usual = { replications: 20, least: 10, most: 1000, seed: 1, level: 0.95 }

export const designHelp = `\
  --replications N       days that are simulated (${usual.replications}), or auto: as many as the
                         half-widths need
  --half-width FIGURE=W  with auto: until the interval of the figure is no wider
                         than this to each side, in the figure's unit or in %
                         of its mean (minutesToBuyerP50=0.5,
                         costCentsPerOrder=2%); repeatable
  --max-replications N   with auto: gives up after so many (${usual.most})
  --warm-up HOURS        leaves out of all figures what begins in these first
                         hours (0); welch or welch:FIGURE finds them by Welch's
                         rule from days that are run for it
  --seed N               of all draws (${usual.seed}); the same seed gives the same days
  --level SHARE          of the intervals (${usual.level})
  --threads N            days at once (as many as there are processors)`

export const figuresHelp = `Figures: ${wrapped(figureNames, 70)}`

type Values = Partial<Record<Exclude<keyof typeof designFlags, 'half-width'>, string>> & {
  'half-width'?: string[]
}

export function readDesign(values: Values): Design {
  const { seed, level } = values
  const wholeSeed = { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true }
  return {
    stopping: readStopping(values),
    warmUp: readWarmUp(values['warm-up'] ?? '0'),
    seed: seed === undefined ? usual.seed : numberFlag('seed', seed, wholeSeed),
    level:
      level === undefined ? usual.level : numberFlag('level', level, { least: 0.5, most: 0.999 }),
  }
}

export function readThreads({ threads }: Values): number | undefined {
  if (threads === undefined) return undefined
  return numberFlag('threads', threads, { least: 1, most: 256, whole: true })
}

function readStopping(values: Values): Stopping {
  const { replications = String(usual.replications), 'half-width': widths = [] } = values
  const limits = { least: 2, most: 100_000, whole: true }
  if (replications !== 'auto') {
    if (widths.length > 0 || values['max-replications'] !== undefined) {
      throw new UsageError('--half-width and --max-replications go with --replications auto')
    }
    return { replications: numberFlag('replications', replications, limits) }
  }
  if (widths.length === 0) throw new UsageError('--replications auto needs a --half-width')
  const most = values['max-replications']
  return {
    halfWidths: widths.map(readHalfWidth),
    least: usual.least,
    most: most === undefined ? usual.most : numberFlag('max-replications', most, limits),
  }
}

function readHalfWidth(text: string): HalfWidth {
  const [, name = '', width = '', percent] = /^(\w+)=([\d.eE+-]+)(%)?$/.exec(text) ?? []
  const value = Number(width)
  if (!(value > 0)) throw new UsageError(`--half-width is FIGURE=W, not "${text}"`)
  const relative = percent !== undefined
  return { figure: figureOf(name), atMost: relative ? value / 100 : value, relative }
}

function readWarmUp(text: string): WarmUpWish {
  const [rule, figure] = text.split(':')
  if (rule === 'welch') return { welch: figureOf(figure ?? 'machineUtilisationShare') }
  return { hours: numberFlag('warm-up', text, { least: 0, most: 240, whole: true }) }
}

export function figureOf(name: string): FigureName {
  if (isFigureName(name)) return name
  throw new UsageError(`there is no figure "${name}": choose of ${figureNames.join(', ')}`)
}

function wrapped(words: readonly string[], columns: number): string {
  return words.reduce((text, word) => {
    const line = text.slice(text.lastIndexOf('\n') + 1)
    if (text === '') return word
    return line.length + word.length + 2 > columns ? `${text},\n  ${word}` : `${text}, ${word}`
  }, '')
}
