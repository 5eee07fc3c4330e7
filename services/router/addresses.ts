// Finds addresses on the map: house numbers and streets as people write them.
import type { Place } from '../../domain/model/place.ts'
import { readOsm, type OsmMap } from './osm.ts'

export interface Address {
  place: Place
  /** As on the map: "742 Evergreen Terrace". */
  label: string
}

export interface Addresses {
  /** The house that a text names, whatever its case, spaces and abbreviations; null if none. */
  findAddress(text: string): Address | null
  /** Labels of up to five houses that may have been meant, the likeliest first. */
  suggest(text: string): string[]
}

export async function openAddresses(mapPath: string): Promise<Addresses> {
  return addressBook(await readOsm(mapPath))
}

export function addressBook(map: Pick<OsmMap, 'addresses'>): Addresses {
  const houses = new Map<string, Address>()
  const streets = new Map<string, { label: string; numbers: string[] }>()
  for (const { place, number, street } of map.addresses) {
    const key = `${number.toLowerCase()} ${streetKey(street)}`
    if (houses.has(key)) continue
    houses.set(key, { place, label: `${number} ${street}` })
    const known = streets.get(streetKey(street))
    if (known) known.numbers.push(number)
    else streets.set(streetKey(street), { label: street, numbers: [number] })
  }

  return {
    findAddress(text) {
      const asked = parse(text)
      return (asked && houses.get(`${asked.number} ${asked.street}`)) ?? null
    },
    suggest(text) {
      const asked = parse(text)
      const street = asked?.street ?? streetKey(withoutCity(text))
      const number = Number.parseInt(asked?.number ?? '1', 10)
      const near = [...streets]
        .map(([key, { label, numbers }]) => ({ away: distance(street, key), label, numbers }))
        .filter(({ away }) => away <= Math.max(2, street.length / 3))
        .toSorted((a, b) => a.away - b.away || (a.label < b.label ? -1 : 1))
      const least = near[0]?.away ?? 0
      const meant = near.filter((each) => each.away <= (least === 0 ? 0 : least + 1))
      // One street meant: its nearest numbers. Several: the nearest number on each.
      const each = meant.length === 1 ? SUGGESTIONS : 1
      return meant
        .slice(0, SUGGESTIONS)
        .flatMap(({ label, numbers }) =>
          numbers
            .toSorted(
              (a, b) => numbersApart(a, number) - numbersApart(b, number) || (a < b ? -1 : 1),
            )
            .slice(0, each)
            .map((house) => `${house} ${label}`),
        )
        .slice(0, SUGGESTIONS)
    },
  }
}

const SUGGESTIONS = 5

function numbersApart(house: string, number: number): number {
  const value = Number.parseInt(house, 10)
  return Number.isNaN(value) ? Infinity : Math.abs(value - number)
}

interface Asked {
  number: string
  street: string
}

/** "742 Evergreen Terrace, Springfield" or, as much of Europe writes it, "Quai Antoine 1er 6". */
function parse(text: string): Asked | null {
  const line = withoutCity(text).trim().replace(/\s+/g, ' ').toLowerCase()
  const before = /^(\d+\s?[a-z]?(?:[-/]\d+)?)\s+(\S.*)$/.exec(line)
  const after = /^(\S.*?)\s+(\d+\s?[a-z]?(?:[-/]\d+)?)$/.exec(line)
  if (before) return { number: before[1]!.replace(/\s/g, ''), street: streetKey(before[2]!) }
  if (after) return { number: after[2]!.replace(/\s/g, ''), street: streetKey(after[1]!) }
  return null
}

function withoutCity(text: string): string {
  const [first = '', second = ''] = text.split(',')
  // "742, Evergreen Terrace" has its comma after the number.
  return /^\s*\d+\s*[a-z]?\s*$/i.test(first) ? `${first} ${second}` : first
}

const ABBREVIATIONS: Record<string, string> = {
  ave: 'avenue',
  av: 'avenue',
  blvd: 'boulevard',
  boul: 'boulevard',
  bd: 'boulevard',
  cl: 'close',
  ct: 'court',
  dr: 'drive',
  ln: 'lane',
  pkwy: 'parkway',
  pl: 'place',
  rd: 'road',
  st: 'street',
  str: 'street',
  ter: 'terrace',
  terr: 'terrace',
  wy: 'way',
}

/** A street's name without what people write differently: case, accents, dots, abbreviations. */
function streetKey(street: string): string {
  const words = street
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[.'’-]/g, ' ')
    .trim()
    .split(/\s+/)
  // Only the last word abbreviates the kind of street: "St James St" is on St James Street.
  const last = words.at(-1) ?? ''
  return [...words.slice(0, -1), ABBREVIATIONS[last] ?? last].join(' ')
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
