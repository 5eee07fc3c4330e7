// Gives the demo city's blocks their streets: names, speed limits, and house numbers along them.
import type { Block, CityPlan, RoadClass } from './cityPlan.ts'

export interface Street {
  name: string
  kind: RoadClass
  maxspeed: number
  oneway: boolean
  /** In the order in which the street is walked and its houses are numbered. */
  blocks: Block[]
}

export interface House {
  number: number
  /** How far along the block, 0 to 1, and on which side. */
  along: number
  side: 'left' | 'right'
}

const MAXSPEED: Record<RoadClass, number> = {
  trunk: 80,
  primary: 60,
  secondary: 50,
  tertiary: 50,
  residential: 40,
  living_street: 20,
}

export const STORY_STREET = 'Evergreen Terrace'
/** The block with the numbers from 700: seventh of its street. */
const STORY_BLOCK = 6
const STORY_BLOCK_FIRST_NUMBER = 730
const STORY_BLOCK_HOUSES = 15

export function nameStreets(plan: CityPlan, random: () => number): Street[] {
  const chains = chainBlocks(plan.blocks)
  const story = chains
    .filter((chain) => isQuiet(chain) && chain.length > STORY_BLOCK + 1)
    .toSorted((a, b) => fromMiddle(plan, a) - fromMiddle(plan, b))[0]
  const names = nameSource(random)
  return chains.map((blocks) => {
    const { kind, oneway } = blocks[0]!
    const name = blocks === story ? STORY_STREET : names(kind, blocks.length)
    return { name, kind, maxspeed: MAXSPEED[kind], oneway, blocks }
  })
}

/** Houses of a block: even on the right, odd on the left, a new hundred with each block. */
export function housesOf(street: Street, index: number, lengthMeters: number): House[] {
  const block = street.blocks[index]!
  if (block.bridge || street.kind === 'trunk' || street.kind === 'primary') return []
  const isStory = street.name === STORY_STREET && index === STORY_BLOCK
  const count = isStory ? STORY_BLOCK_HOUSES : Math.max(1, Math.floor(lengthMeters / 90))
  return Array.from({ length: count }, (_, house) => {
    const along = (house + 0.5) / count
    const even = isStory
      ? STORY_BLOCK_FIRST_NUMBER + 2 * house
      : 100 * (index + 1) + 2 * Math.floor(along * 45)
    return [
      { number: even, along, side: 'right' as const },
      { number: even + 1, along, side: 'left' as const },
    ]
  }).flat()
}

const LONGEST_SMALL_STREET = 12

/** Blocks of one line that touch, as one street; small streets end after a while. */
function chainBlocks(blocks: readonly Block[]): Block[][] {
  const chains: Block[][] = []
  for (const block of blocks) {
    const chain = chains.at(-1)
    const last = chain?.at(-1)
    const small = block.kind === 'residential' || block.kind === 'living_street'
    const full = small && (chain?.length ?? 0) >= LONGEST_SMALL_STREET
    // A line against its drawing grows at its front.
    const touches = last && last.line === block.line && last.to === block.from
    const touchesFront = chain && chain[0]?.line === block.line && chain[0]?.from === block.to
    if (chain && touches && !full) chain.push(block)
    else if (chain && touchesFront && !full) chain.unshift(block)
    else chains.push([block])
  }
  return chains
}

function isQuiet(chain: Block[]): boolean {
  return chain.every(({ kind, oneway }) => kind === 'residential' && !oneway)
}

function fromMiddle(plan: CityPlan, chain: Block[]): number {
  const { x, y } = plan.junctions[chain[STORY_BLOCK]!.from]!
  return Math.hypot(x, y)
}

const FIRST_NAMES = (
  'Acorn Alder Amber Anchor Apple Ash Aspen Baker Bank Basin Beacon Beech Bell Birch Blossom ' +
  'Brewer Bridge Brook Canal Carver Cedar Chapel Cherry Chestnut Clover Cooper Copper Cypress ' +
  'Dale Dover Elm Falcon Fern Field Foundry Fox Garden Gate Glass Grove Harbor Hawthorn Hazel ' +
  'Heron Hickory Holly Iron Ivy Juniper Kiln Lantern Laurel Lime Linden Loom Maple Market ' +
  'Meadow Mercer Mill Mint Myrtle Oak Olive Orchard Otter Park Pearl Pine Plum Poplar Potter ' +
  'Quarry River Robin Rose Rowan Saddler Silver Smith Spring Spruce Station Summit Sycamore ' +
  'Tanner Thorn Tower Tulip Valley Vine Walnut Weaver Willow Wren Yarrow'
).split(' ')

const SUFFIXES: Record<RoadClass, string[]> = {
  trunk: ['Ring', 'Parkway'],
  primary: ['Boulevard', 'Avenue'],
  secondary: ['Avenue', 'Road'],
  tertiary: ['Road', 'Street'],
  residential: ['Street', 'Lane', 'Terrace', 'Drive', 'Place', 'Way'],
  living_street: ['Walk', 'Mews'],
}

/** Hands out each name once. */
function nameSource(random: () => number): (kind: RoadClass, blocks: number) => string {
  const taken = new Set([STORY_STREET])
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)]!
  return (kind, blocks) => {
    const suffixes = blocks === 1 && kind === 'residential' ? ['Court', 'Close'] : SUFFIXES[kind]
    for (let tries = 0; ; tries++) {
      const first = tries < 40 ? pick(FIRST_NAMES) : `${pick(FIRST_NAMES)} ${pick(FIRST_NAMES)}`
      const name = `${first} ${pick(suffixes)}`
      if (taken.has(name)) continue
      taken.add(name)
      return name
    }
  }
}
