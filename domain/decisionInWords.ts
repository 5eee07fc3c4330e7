// A decision as an operator reads it: what was chosen and why, and the next best with what spoke against them.
import type { Candidate, Decision } from './model/order.ts'

/** How many that were not chosen are told. */
const toldAtMost = 3

/** Markdown of a few short lines; ids and figures, nothing personal. */
export function decisionInWords({ chosen, candidates }: Decision): string {
  const best = candidates.find(({ id }) => id === chosen)
  const others = candidates.filter(({ id }) => id !== chosen)
  const told = others
    .slice(0, toldAtMost)
    .map((other) => `- \`${other.id}\`: ${against(other, best)}`)
  const left = others.length - told.length
  return [
    best ? `Chosen: \`${best.id}\`, ${score(best)}` : 'Nothing fits.',
    ...(told.length > 0 ? ['', best ? 'Not chosen:' : 'Why not:', '', ...told] : []),
    ...(left > 0 ? [`- and ${left} more`] : []),
  ].join('\n')
}

function score({ score: points, terms, details }: Candidate): string {
  const before = details['beforeStopId']
  const where = typeof before === 'string' ? `, put in ${placeOf(before)}` : ''
  return `${figure(points ?? 0)} points (${termsOf(terms)})${where}`
}

const placeOf = (before: string) => (before === 'at the end' ? before : `before \`${before}\``)

function against({ score: points, terms, reason, details }: Candidate, best?: Candidate): string {
  if (points === null) {
    const compared = Object.entries(details).filter(([name]) => name.startsWith('max'))
    const limits = compared.map(([name, value]) => `${name} ${value}`)
    const given = [termsOf(terms), ...limits].filter((text) => text !== '')
    return `${reason ?? 'ruled out'}${given.length > 0 ? ` (${given.join(', ')})` : ''}`
  }
  const more = best?.score == null ? '' : `, ${figure(points - best.score)} more`
  return `${figure(points)} points${more} (${termsOf(terms)})`
}

/** What is nothing says nothing. */
function termsOf(terms: Candidate['terms']): string {
  const telling = Object.entries(terms).filter(([, value]) => Math.abs(value) >= 0.05)
  return telling.map(([name, value]) => `${name} ${figure(value)}`).join(', ')
}

const figure = (value: number) => String(Math.round(value * 10) / 10)
