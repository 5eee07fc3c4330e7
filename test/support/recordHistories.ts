// Records the histories that test/replay.test.ts replays: `npm run record:histories`, when a new path is worth keeping.
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { WorkflowHandle } from '@temporalio/client'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DomainError } from '../../domain/failure.ts'
import { projectDir } from '../../infra/programs.ts'
import { bookedLocally, partsInside } from '../../workflows/generations.ts'
import {
  cancelOrderUpdate,
  dispatcherStart,
  stopsPlannedSignal,
  workflowIds,
} from '../../workflows/messages.ts'
import { madeReport, untilEndedOutside } from '../workflows/effects.ts'
import { answer, parked } from '../workflows/history.ts'
import { openRig, type Rig, type Scene } from '../workflows/rig.ts'
import { openDesk } from './desk.ts'

const dir = join(projectDir, 'test/histories')

/** An order's workflows, and the dispatcher where one took part. */
type Recorded = Scene & { dispatcher?: WorkflowHandle }

const stories: Record<string, (rig: Rig) => Promise<Recorded>> = {
  happyTruck: (rig) => rig.place(),
  happyPickup: (rig) => rig.place({ method: 'pickup' }),
  bookedLocally: (rig) => rig.place({ method: 'pickup' }),

  happyCarrier: (rig) => rig.place({ method: 'carrier' }),

  async parcelRepaired(rig) {
    const scene = await rig.place({
      method: 'carrier',
      effects: (here) => ({
        async bookCarrier({ service }) {
          await here.report('collected')
          await here.report(service === 'express' ? 'delivered' : 'lost')
          return { carrier: 'fabpost', number: `FP-${service ?? 'standard'}` }
        },
      }),
    })
    const { attentionId } = await parked(scene.fulfilment)
    const again = { action: 'retryWith', patch: { service: 'express' } } as const
    await answer(scene.fulfilment, { attentionId, ...again, operator: 'op_1' })
    return scene
  },

  /** Two orders ask the dispatcher of one region, one after the other. */
  async chosenTruck(rig) {
    const region = `region${process.pid}`
    const asked: Scene[] = []
    const decided = 'Chosen: `veh_van`, 12 points'
    rig.perform(region, {
      async decideStops() {
        const open = asked.splice(0)
        for (const { orderId, fulfilmentId, jobIds, order } of open) {
          const where = { siteId: 'sit_van', machineId: 'mac_van', region }
          const fulfilments = [
            { fulfilmentId, method: 'truck' as const, jobIds, ...where, decided },
          ]
          await order.signal(stopsPlannedSignal, { orderId, round: 1, fulfilments, refusal: null })
        }
        return { answered: open.map(({ fulfilmentId }) => fulfilmentId), said: [decided] }
      },
    })
    const place = () =>
      rig.place({
        effects: (scene) => ({
          async bookOffers() {
            const { fulfilmentId, jobIds } = scene
            asked.push(scene)
            const start = dispatcherStart(region, [fulfilmentId])
            await rig.client.workflow.signalWithStart('dispatcher', start)
            const where = { siteId: 'sit_1', machineId: 'mac_1', region }
            const fulfilments = [{ fulfilmentId, method: 'truck' as const, jobIds, ...where }]
            return { fulfilments, waitsFor: 1 }
          },
        }),
      })
    await (await place()).order.result()
    const scene = await place()
    const dispatcher = rig.client.workflow.getHandle(workflowIds.dispatcher(region))
    return { ...scene, dispatcher }
  },

  async paymentRepaired(rig) {
    const scene = await rig.place({
      effects: () => ({
        async holdPayment({ token }) {
          if (token === undefined) throw new DomainError('payment_declined', { reason: 'expired' })
        },
      }),
    })
    const { attentionId } = await parked(scene.order)
    const repaired = { action: 'retryWith', patch: { token: 'tok_visa' } } as const
    await answer(scene.order, { attentionId, ...repaired, operator: 'op_1' })
    return scene
  },

  partsInside: (rig) => rig.place({ method: 'pickup', parts: 2 }),

  async partsRepaired(rig) {
    const scene = await rig.place({
      parts: 2,
      effects: () => ({
        async make({ jobId, attempt }) {
          if (jobId.endsWith('p1') && attempt === 1) {
            throw new DomainError('instructions_corrupt', { artifact: 'sha' })
          }
          return madeReport(attempt)
        },
      }),
    })
    const { attentionId } = await parked(scene.fulfilment)
    await answer(scene.fulfilment, { attentionId, action: 'retry', operator: 'op_1' })
    return scene
  },

  async partsCancelled(rig) {
    const scene = await rig.place({ parts: 2, effects: () => ({ make: untilEndedOutside }) })
    await scene.untilCalled('make', 2)
    const request = { by: 'buyer', reason: 'changed my mind' } as const
    await scene.order.executeUpdate(cancelOrderUpdate, { args: [request] })
    return scene
  },

  partsMadeAgain: (rig) =>
    rig.place({
      effects: () => ({
        async make({ attempt }) {
          if (attempt === 1) throw new DomainError('making_failed', { reason: 'spaghetti' })
          return madeReport(attempt)
        },
      }),
    }),

  async partRepaired(rig) {
    const scene = await rig.place({
      effects: () => ({
        async make({ attempt }) {
          if (attempt === 1) throw new DomainError('instructions_corrupt', { artifact: 'sha' })
          return madeReport(attempt)
        },
      }),
    })
    const { attentionId } = await parked(scene.job)
    await answer(scene.job, { attentionId, action: 'retry', operator: 'op_1' })
    return scene
  },

  async cancelledWhileMaking(rig) {
    const scene = await rig.place({ effects: () => ({ make: untilEndedOutside }) })
    await scene.untilCalled('make')
    const request = { by: 'buyer', reason: 'changed my mind' } as const
    await scene.order.executeUpdate(cancelOrderUpdate, { args: [request] })
    return scene
  },

  madeAgain: (rig) =>
    rig.place({
      effects: () => ({
        async make({ attempt }) {
          if (attempt === 1) throw new DomainError('making_failed', { reason: 'spaghetti' })
          return madeReport(attempt)
        },
      }),
    }),
}

/** A story stays in the generation of which it tells; those that are not named here are of the first. */
const generations: Record<string, number> = {
  bookedLocally,
  partsInside,
  partsRepaired: partsInside,
  partsCancelled: partsInside,
  partsMadeAgain: partsInside,
}

/** Those that are named, or all of them anew. */
const named = process.argv.slice(2)
const unknown = named.find((name) => !Object.hasOwn(stories, name))
if (unknown !== undefined) {
  const known = Object.keys(stories).join(', ')
  throw new Error(`there is no story ${unknown}; there are ${known}`)
}

const desk = await openDesk()
process.env['FABROUTE_TEST_DESK'] = desk.url
const rig = await openRig()
if (named.length === 0) await rm(dir, { recursive: true, force: true })
await mkdir(dir, { recursive: true })
for (const [name, tell] of Object.entries(stories)) {
  if (named.length > 0 && !named.includes(name)) continue
  const generation = generations[name] ?? 0
  const scene = await tell({
    ...rig,
    place: async (wishes) => await rig.place({ generation, ...wishes }),
  })
  await scene.order.result()
  const { order, fulfilment, dispatcher } = scene
  const job = generation < partsInside ? scene.job : undefined
  for (const [workflow, handle] of Object.entries({ order, fulfilment, job, dispatcher })) {
    if (handle === undefined) continue
    await writeFile(join(dir, `${name}.${workflow}.json`), await recorded(handle))
  }
}
await rig.close()
await desk.close()

/** Without what names this machine: its processes, and the paths in stack traces. */
async function recorded(handle: WorkflowHandle): Promise<string> {
  const history = JSON.parse(historyToJSON(await handle.fetchHistory()))
  const text = JSON.stringify(history, (key, value) => (key === 'stackTrace' ? '' : value), 1)
  return `${text.replaceAll(/\d+@[\w.-]+/g, 'worker')}\n`
}
