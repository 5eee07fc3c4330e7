// The machine that is chosen meets every requirement, the others carry their reason, and the least
// cost wins.
import { expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import {
  chooseMachine,
  defaultMachineRules as rules,
  makingMinutesOf,
  partNeedOf,
  type MachineFacts,
  type PartNeed,
} from '../../domain/machines.ts'
import { handle, machineFacts, minutesFromNow, nowMs, partNeed, whitePla } from './facts.ts'

const refusals: [string, Partial<PartNeed>, Parameters<typeof machineFacts>[1]][] = [
  ['process', { process: 'sla' }, {}],
  ['volume', { scale: 4 }, {}],
  ['resolution', { resolutionMicrons: 50 }, {}],
  ['instruction_kind', {}, { caps: { instructionKinds: ['ctb'] } }],
  ['already_tried', { triedMachineIds: ['m'] }, {}],
  ['not_allowed_by_supplier', { allowedSiteIds: ['site_9'] }, {}],
  ['not_allowed_by_supplier', { allowedMaterials: ['PETG'] }, {}],
  ['too_far', { maxMetersToBuyer: 999 }, {}],
  ['too_far', { maxMetersToBuyer: 999 }, { metersToBuyer: null }],
  ['rating', {}, { machine: { rating: 0.5 } }],
  ['disabled', {}, { machine: { enabled: false } }],
  ['maintenance', {}, { machine: { phase: 'MAINTENANCE' } }],
  ['offline', {}, { machine: { phase: 'OFFLINE' } }],
  ['offline', {}, { machine: { lastSeenAtMs: null } }],
  ['offline', {}, { machine: { lastSeenAtMs: nowMs - 60_001 } }],
  ['needs_attention', {}, { machine: { phase: 'ATTENTION' } }],
  ['material', { material: 'PETG' }, {}],
  ['colour', { colour: 'black' }, {}],
  ['grams_left', { quantity: 26 }, {}],
  ['dearer_than_supplier_allows', { maxMakeCents: 139n }, {}],
]

test.each(refusals)('a machine is refused for %s', (code, need, changes) => {
  const { chosen, nearestMiss, decision } = chooseMachine(
    partNeed(need),
    [machineFacts('m', changes)],
    rules,
  )
  expect(chosen).toBeNull()
  expect(decision.candidates).toMatchObject([{ id: 'm', score: null, reason: code }])
  expect(nearestMiss?.code).toBe(code)
})

test('limits are kept when they are just met', () => {
  const need = partNeed({ maxMetersToBuyer: 1000, maxMakeCents: 140n, quantity: 1 })
  const edge = machineFacts('m', {
    machine: { lastSeenAtMs: nowMs - 60_000, rating: 0.6 },
    // The part needs 60 x 40 on the plate and is turned by a quarter to fit.
    caps: {
      resolutionMicrons: 200,
      volumeMm: { x: 40, y: 60, z: 30 },
      materials: [{ material: 'PLA', colour: 'white', grams: 20 }],
    },
  })
  expect(chooseMachine(need, [edge], rules).chosen).toMatchObject({
    machineId: 'm',
    makeCents: 140n,
    readyAtMs: minutesFromNow(12),
  })
})

test('several units are made one after the other, each cooled down before the next', () => {
  const slow = machineFacts('m', {
    machine: { speed: 0.5, coolDownMinutes: 3 },
    freeAtMs: minutesFromNow(5),
  })
  const { chosen } = chooseMachine(partNeed({ quantity: 3 }), [slow], rules)
  expect(chosen).toMatchObject({
    startsAtMs: minutesFromNow(5),
    minutes: 3 * 24 + 2 * 3,
    readyAtMs: minutesFromNow(5 + 3 * (24 + 3)),
    grams: 60,
  })
})

test('larger parts take time by volume and smaller ones by their walls', () => {
  expect(makingMinutesOf(10, 2, 1)).toBe(80)
  expect(makingMinutesOf(10, 0.5, 2)).toBe(1.25)
  expect(makingMinutesOf(10, 1, 1)).toBe(10)
})

test('each term of the score can decide alone', () => {
  const better = machineFacts('z')
  const worse: Record<string, MachineFacts> = {
    finishMinutes: machineFacts('a', { freeAtMs: minutesFromNow(5) }),
    changeoverMinutes: machineFacts('a', { mounted: { material: 'PLA', colour: 'black' } }),
    scrapMinutes: machineFacts('a', { scrapShare: 0.2 }),
    ratingShortfall: machineFacts('a', { machine: { rating: 0.7 } }),
    leftoverShare: machineFacts('a', {
      caps: { materials: [{ material: 'PLA', colour: 'white', grams: 5000 }] },
    }),
  }
  for (const [term, loser] of Object.entries(worse)) {
    const { decision, chosen } = chooseMachine(partNeed(), [loser, better], rules)
    expect([term, chosen?.machineId]).toEqual([term, 'z'])
    const [first, second] = decision.candidates
    expect(second?.terms[term]).toBeGreaterThan(first?.terms[term] ?? Infinity)
  }
})

test('lateness outweighs everything else', () => {
  const reliableButLate = machineFacts('a', {
    freeAtMs: minutesFromNow(10),
    machine: { rating: 1 },
  })
  const shakyButInTime = machineFacts('b', { scrapShare: 0.4, machine: { rating: 0.6 } })
  const need = partNeed({ dueAtMs: minutesFromNow(15) })
  const { chosen } = chooseMachine(need, [reliableButLate, shakyButInTime], rules)
  expect(chosen?.machineId).toBe('b')
})

test('equal machines are told apart by id, in whatever order they come', () => {
  const equal = ['c', 'a', 'b'].map((id) => machineFacts(id))
  for (const machines of [equal, equal.toReversed()]) {
    const { fit } = chooseMachine(partNeed(), machines, rules)
    expect(fit.map(({ machineId }) => machineId)).toEqual(['a', 'b', 'c'])
  }
})

test('a model can be made from stl or gcode, a toolpath only as it is', () => {
  const toolpath = { ...handle, instructions: { ...handle.instructions, kind: 'gcode' as const } }
  expect(partNeedOf(handle, whitePla, 1, nowMs).instructionKinds).toEqual(['stl', 'gcode'])
  expect(partNeedOf(toolpath, whitePla, 1, nowMs).instructionKinds).toEqual(['gcode'])
})

const anyMachine = fc.record({
  material: fc.constantFrom('PLA', 'PETG'),
  colour: fc.constantFrom('white', 'black'),
  grams: fc.integer({ min: 0, max: 100 }),
  side: fc.integer({ min: 20, max: 120 }),
  rating: fc.double({ min: 0.4, max: 1, noNaN: true }),
  phase: fc.constantFrom('IDLE', 'PRINTING', 'OFFLINE', 'ERROR', 'MAINTENANCE'),
  enabled: fc.boolean(),
  free: fc.integer({ min: -60, max: 60 }),
  speed: fc.double({ min: 0.5, max: 2, noNaN: true }),
} as const)

test('everybody is accounted for, and whoever is chosen meets every hard requirement', () => {
  fc.assert(
    fc.property(
      fc.array(anyMachine, { maxLength: 12 }),
      fc.double({ min: 0.5, max: 2, noNaN: true }),
      (drawn, scale) => {
        const machines = drawn.map((one, index) =>
          machineFacts(`m${index}`, {
            machine: {
              rating: one.rating,
              phase: one.phase,
              enabled: one.enabled,
              speed: one.speed,
            },
            caps: {
              materials: [{ material: one.material, colour: one.colour, grams: one.grams }],
              volumeMm: { x: one.side, y: one.side, z: one.side },
            },
            freeAtMs: minutesFromNow(one.free),
          }),
        )
        const choice = chooseMachine(partNeed({ scale }), machines, rules)
        const { candidates, chosen } = choice.decision
        expect(candidates.map(({ id }) => id).toSorted()).toEqual(
          machines.map(({ machine }) => machine.id).toSorted(),
        )
        for (const { score, reason } of candidates) expect(score === null).toBe(reason !== null)
        const winner = drawn[Number(choice.chosen?.machineId.slice(1))]
        if (winner) {
          expect(winner).toMatchObject({ material: 'PLA', colour: 'white', enabled: true })
          expect(['IDLE', 'PRINTING']).toContain(winner.phase)
          expect(winner.grams).toBeGreaterThanOrEqual(20 * scale ** 3)
          expect(winner.side).toBeGreaterThanOrEqual(60 * scale)
          expect(winner.rating).toBeGreaterThanOrEqual(0.6)
        }
        expect(chosen).toBe(choice.chosen?.machineId ?? null)
        expect(chooseMachine(partNeed({ scale }), machines.toReversed(), rules)).toEqual(choice)
      },
    ),
  )
})
