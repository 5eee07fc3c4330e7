// Chooses the machine that makes a part: what rules a machine out comes first, each with its
// reason, then the least cost.
import { byId, decide, reason, ruledOut, scored, type Reason } from './decision.ts'
import type { Customization, Item, Process, SizeMm } from './model/item.ts'
import type { Candidate, Decision } from './model/order.ts'
import type { LoadedMaterial, Machine, SiteKind } from './model/site.ts'
import { defaultPriceRules, makeCents, type PriceRules } from './pricing.ts'

export interface PartNeed {
  process: Process
  material: string
  colour: string
  scale: number
  quantity: number
  /** Size, mass and making time of one unit at scale 1 on a machine of speed 1. */
  sizeMm: SizeMm
  massGrams: number
  makingMinutes: number
  /** The coarsest layers that will do. */
  resolutionMicrons: number
  /** The kinds of instructions that can be had for the part. */
  instructionKinds: readonly string[]
  triedMachineIds: readonly string[]
  /** What the supplier allows; null allows everything. */
  allowedSiteIds: readonly string[] | null
  allowedMaterials: readonly string[] | null
  maxMakeCents: bigint | null
  /** How far from home the buyer lets it be made. */
  maxMetersToBuyer: number | null
  dueAtMs: number | null
  nowMs: number
}

export interface MachineFacts {
  machine: Machine
  siteKind: SiteKind
  /** When the last thing booked on it ends; in the past when it is free. */
  freeAtMs: number
  /** What it printed with last; null when nothing is mounted. */
  mounted: { material: string; colour: string } | null
  /** Share of its recent parts that had to be made again, 0 to 1. */
  scrapShare: number
  /** By road from its site, or from where its vehicle is now; null when nobody asked. */
  metersToBuyer: number | null
}

/** Weights turn each term into minutes of the buyer's time, so that they can be added. */
export interface MachineWeights {
  finishMinutes: number
  changeoverMinutes: number
  /** Expected minutes lost to making it again. */
  scrapMinutes: number
  latenessMinutes: number
  /** Share of the loaded material that stays: spools that are nearly used up go first. */
  leftoverShare: number
  /** What is missing from the best rating. */
  ratingShortfall: number
}

export interface MachineRules {
  /** A machine not heard of for so long is taken to be offline. */
  staleAfterSeconds: number
  minRating: number
  /** Time to change to another material or colour. */
  changeoverMinutes: number
  weights: MachineWeights
  prices: PriceRules
}

export const defaultMachineRules: MachineRules = {
  staleAfterSeconds: 60,
  minRating: 0.6,
  changeoverMinutes: 4,
  weights: {
    finishMinutes: 1,
    changeoverMinutes: 0.5,
    scrapMinutes: 1,
    latenessMinutes: 10,
    leftoverShare: 1,
    ratingShortfall: 10,
  },
  prices: defaultPriceRules,
}

/** How one machine would make the part; `minutes` are all units with the cool-down between them. */
export interface Making {
  machineId: string
  siteId: string
  startsAtMs: number
  minutes: number
  coolDownMinutes: number
  readyAtMs: number
  grams: number
  makeCents: bigint
}

export interface MachineChoice {
  chosen: Making | null
  /** How each machine that passed would make it, best first. */
  fit: Making[]
  /** When none passed: the reason against the machine that met the most requirements. */
  nearestMiss: Reason | null
  decision: Decision
}

export function chooseMachine(
  part: PartNeed,
  machines: readonly MachineFacts[],
  rules: MachineRules,
): MachineChoice {
  const makings = new Map<string, Making>()
  const verdicts = machines.map((facts) => {
    const making = makingOn(part, facts, rules)
    makings.set(facts.machine.id, making)
    return judge(part, facts, making, rules)
  })
  const decision = decide(
    'machine',
    verdicts.map(({ candidate }) => candidate),
  )
  const nearest = verdicts.toSorted((a, b) => b.met - a.met || byId(a.candidate.id, b.candidate.id))
  const fit = decision.candidates.flatMap(({ id, score }) => {
    const making = makings.get(id)
    return making && score !== null ? [making] : []
  })
  return { chosen: fit[0] ?? null, fit, nearestMiss: nearest[0]?.why ?? null, decision }
}

/** What an order line needs of a machine, before anybody's limits. */
export function partNeedOf(
  item: Item,
  { material, colour, scale }: Customization,
  quantity: number,
  nowMs: number,
): PartNeed {
  return {
    process: item.process,
    material,
    colour,
    scale,
    quantity,
    sizeMm: item.sizeMm,
    massGrams: item.massGrams,
    makingMinutes: item.makingMinutes,
    resolutionMicrons: item.resolutionMicrons,
    // A model can be sliced for any machine; a toolpath can no longer be turned into anything else.
    instructionKinds: item.instructions.kind === 'stl' ? ['stl', 'gcode'] : ['gcode'],
    triedMachineIds: [],
    allowedSiteIds: null,
    allowedMaterials: null,
    maxMakeCents: null,
    maxMetersToBuyer: null,
    dueAtMs: null,
    nowMs,
  }
}

/**
 * Minutes to make one unit: nominal * scale³ / speed when enlarged, nominal * scale² / speed when
 * made smaller: what grows is bound by volume, and what shrinks by its walls. Both err on the slow
 * side.
 */
export function makingMinutesOf(makingMinutes: number, scale: number, speed: number): number {
  return (makingMinutes * scale ** (scale > 1 ? 3 : 2)) / speed
}

export function massGramsOf(massGrams: number, scale: number): number {
  return massGrams * scale ** 3
}

function makingOn(part: PartNeed, facts: MachineFacts, rules: MachineRules): Making {
  const { machine } = facts
  const startsAtMs = Math.max(part.nowMs, facts.freeAtMs) + changeoverOf(part, facts, rules) * 60e3
  const each = makingMinutesOf(part.makingMinutes, part.scale, machine.speed)
  const minutes = each * part.quantity + machine.coolDownMinutes * (part.quantity - 1)
  const grams = massGramsOf(part.massGrams, part.scale) * part.quantity
  const { centsPerMinute } = machine
  return {
    machineId: machine.id,
    siteId: machine.siteId,
    startsAtMs,
    minutes,
    coolDownMinutes: machine.coolDownMinutes,
    readyAtMs: startsAtMs + (minutes + machine.coolDownMinutes) * 60e3,
    grams,
    makeCents: makeCents({ material: part.material, grams, minutes, centsPerMinute }, rules.prices),
  }
}

interface Verdict {
  candidate: Candidate
  why: Reason | null
  /** How many requirements it met before the first that it did not. */
  met: number
}

function judge(part: PartNeed, facts: MachineFacts, making: Making, rules: MachineRules): Verdict {
  const { machine } = facts
  for (const [met, requirement] of requirements.entries()) {
    const why = requirement(part, facts, making, rules)
    if (why) return { candidate: ruledOut(machine.id, why), why, met }
  }
  const spool = spoolFor(part, machine)
  const lateMs = part.dueAtMs === null ? 0 : Math.max(0, making.readyAtMs - part.dueAtMs)
  const terms = {
    finishMinutes: (making.readyAtMs - part.nowMs) / 60e3,
    changeoverMinutes: changeoverOf(part, facts, rules),
    scrapMinutes: facts.scrapShare * making.minutes,
    latenessMinutes: lateMs / 60e3,
    leftoverShare: spool && spool.grams > 0 ? (spool.grams - making.grams) / spool.grams : 0,
    ratingShortfall: 1 - machine.rating,
  } satisfies Record<keyof MachineWeights, number>
  const candidate = scored(machine.id, terms, { ...rules.weights }, { siteId: machine.siteId })
  return { candidate, why: null, met: requirements.length }
}

type Requirement = (
  part: PartNeed,
  facts: MachineFacts,
  making: Making,
  rules: MachineRules,
) => Reason | null

/**
 * In the order in which a person would want to hear of them: never, not by rule, not now, not with
 * what is in it.
 */
const requirements: readonly Requirement[] = [
  ({ process }, { machine }) =>
    machine.caps.process === process
      ? null
      : reason('process', { needed: process, has: machine.caps.process }),
  ({ sizeMm, scale }, { machine }) => volumeReason(sizeMm, scale, machine.caps.volumeMm),
  ({ resolutionMicrons }, { machine }) =>
    machine.caps.resolutionMicrons <= resolutionMicrons
      ? null
      : reason('resolution', { needed: resolutionMicrons, has: machine.caps.resolutionMicrons }),
  ({ instructionKinds }, { machine }) =>
    machine.caps.instructionKinds.some((kind) => instructionKinds.includes(kind))
      ? null
      : reason('instruction_kind', { takes: machine.caps.instructionKinds.join(', ') }),
  ({ triedMachineIds }, { machine }) =>
    triedMachineIds.includes(machine.id) ? reason('already_tried') : null,
  ({ allowedSiteIds, allowedMaterials, material }, { machine }) => {
    if (allowedSiteIds && !allowedSiteIds.includes(machine.siteId)) {
      return reason('not_allowed_by_supplier', { siteId: machine.siteId })
    }
    if (allowedMaterials && !allowedMaterials.includes(material)) {
      return reason('not_allowed_by_supplier', { material })
    }
    return null
  },
  ({ maxMetersToBuyer }, { metersToBuyer }) => {
    if (maxMetersToBuyer === null) return null
    if (metersToBuyer !== null && metersToBuyer <= maxMetersToBuyer) return null
    return reason('too_far', { meters: metersToBuyer ?? 'unknown', maxMeters: maxMetersToBuyer })
  },
  (_part, { machine }, _making, { minRating }) =>
    machine.rating >= minRating
      ? null
      : reason('rating', { rating: machine.rating, needed: minRating }),
  (_part, { machine }) => (machine.enabled ? null : reason('disabled')),
  (_part, { machine }) => (machine.phase === 'MAINTENANCE' ? reason('maintenance') : null),
  ({ nowMs }, { machine }, _making, { staleAfterSeconds }) => {
    const silentSeconds =
      machine.lastSeenAtMs === null ? null : Math.max(0, nowMs - machine.lastSeenAtMs) / 1000
    const heard = silentSeconds !== null && silentSeconds <= staleAfterSeconds
    if (heard && machine.phase !== 'OFFLINE') return null
    return reason('offline', { silentSeconds: silentSeconds ?? 'never heard' })
  },
  (_part, { machine }) =>
    machine.phase === 'ATTENTION' || machine.phase === 'ERROR'
      ? reason('needs_attention', { phase: machine.phase })
      : null,
  (part, { machine }, making) => materialReason(part, machine, making.grams),
  ({ maxMakeCents }, _facts, making) =>
    maxMakeCents === null || making.makeCents <= maxMakeCents
      ? null
      : reason('dearer_than_supplier_allows', {
          makeCents: Number(making.makeCents),
          maxMakeCents: Number(maxMakeCents),
        }),
]

/**
 * A part may be turned on the plate by a quarter, and is never tipped: layers would run the other
 * way.
 */
function volumeReason(sizeMm: SizeMm, scale: number, volumeMm: SizeMm): Reason | null {
  const [x, y, z] = [sizeMm.x * scale, sizeMm.y * scale, sizeMm.z * scale]
  const straight = x <= volumeMm.x && y <= volumeMm.y
  const turned = y <= volumeMm.x && x <= volumeMm.y
  if (z <= volumeMm.z && (straight || turned)) return null
  return reason('volume', { needed: sizeText({ x, y, z }), has: sizeText(volumeMm) })
}

const sizeText = ({ x, y, z }: SizeMm) => `${[x, y, z].map((mm) => mm.toFixed(1)).join(' x ')} mm`

function materialReason(part: PartNeed, machine: Machine, grams: number): Reason | null {
  const { material, colour } = part
  const ofMaterial = machine.caps.materials.filter((loaded) => loaded.material === material)
  if (ofMaterial.length === 0) return reason('material', { needed: material })
  const ofColour = ofMaterial.filter((loaded) => loaded.colour === colour)
  if (ofColour.length === 0) {
    return reason('colour', { needed: colour, has: ofMaterial.map((one) => one.colour).join(', ') })
  }
  if (spoolFor(part, machine, grams)) return null
  return reason('grams_left', {
    needed: grams,
    left: Math.max(...ofColour.map((one) => one.grams)),
  })
}

/** The fullest-used spool that still lasts: the one with the fewest grams that are enough. */
function spoolFor(
  { material, colour, massGrams, scale, quantity }: PartNeed,
  machine: Machine,
  grams = massGramsOf(massGrams, scale) * quantity,
): LoadedMaterial | null {
  const lasting = machine.caps.materials.filter(
    (loaded) => loaded.material === material && loaded.colour === colour && loaded.grams >= grams,
  )
  return lasting.toSorted((a, b) => a.grams - b.grams)[0] ?? null
}

function changeoverOf(part: PartNeed, { mounted }: MachineFacts, rules: MachineRules): number {
  const same = mounted?.material === part.material && mounted.colour === part.colour
  return same || mounted === null ? 0 : rules.changeoverMinutes
}
