// Records the histories that test/replay.test.ts replays: `npm run record:histories`, when a new path is worth keeping.
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { WorkflowHandle } from '@temporalio/client'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DomainError } from '../../domain/failure.ts'
import { projectDir } from '../../infra/programs.ts'
import { cancelOrderUpdate } from '../../workflows/messages.ts'
import { madeReport, untilEndedOutside } from '../workflows/effects.ts'
import { answer, parked } from '../workflows/history.ts'
import { openRig, type Rig, type Scene } from '../workflows/rig.ts'
import { openDesk } from './desk.ts'

const dir = join(projectDir, 'test/histories')

const stories: Record<string, (rig: Rig) => Promise<Scene>> = {
  happyTruck: (rig) => rig.place(),
  happyPickup: (rig) => rig.place({ method: 'pickup' }),

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

const desk = await openDesk()
process.env['FABROUTE_TEST_DESK'] = desk.url
const rig = await openRig()
await rm(dir, { recursive: true, force: true })
await mkdir(dir, { recursive: true })
for (const [name, tell] of Object.entries(stories)) {
  const scene = await tell(rig)
  await scene.order.result()
  const workflows = { order: scene.order, fulfilment: scene.fulfilment, job: scene.job }
  for (const [workflow, handle] of Object.entries(workflows)) {
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
