// Makes the instructions for one machine: fetches the model, checks it, scales it, slices it, and keeps the toolpath.
import { readBody } from '../domain/geometry/check.ts'
import { scaled } from '../domain/geometry/scale.ts'
import { writeStl } from '../domain/geometry/stl.ts'
import { DomainError } from '../domain/failure.ts'
import type { Customization, Item } from '../domain/model/item.ts'
import type { MachineCaps } from '../domain/model/site.ts'
import { itemById } from '../storage/items.ts'
import type { GeometryDeps } from './deps.ts'
import { instructionsKey, profileOf } from './instructionsKey.ts'

/** As the API takes uploads: larger models are refused wherever they come from. */
const maxModelBytes = 64 * 1024 * 1024

export function instructionsActivities({ storage, artifacts, suppliers, slicer }: GeometryDeps) {
  async function model({ instructions }: Item, url?: string): Promise<Uint8Array> {
    const { sha256 } = instructions
    if (await artifacts.has(sha256)) return await artifacts.get(sha256)
    const from = url ?? instructions.url
    if (from === null)
      throw new DomainError('instructions_unusable', { reason: 'the model is missing' })
    const bytes = await suppliers.fetchInstructions({ url: from, sha256, maxBytes: maxModelBytes })
    await artifacts.put(bytes)
    return bytes
  }

  return {
    /** Key: the hash of model, customization, profile and slicer. `url` is an operator's other address of the model. */
    async makeInstructions(order: { jobId: string; url?: string }): Promise<void> {
      const { jobId, url } = order
      const { itemId, customization, caps } = await jobFacts(storage, jobId)
      const item = await itemById(storage, itemId)
      const key = instructionsKey({ item, customization, caps, slicer })
      const [done] = await storage.sql(`select 1 from instructions_cache where key = $1`, [key])
      if (!done) {
        const stl = adapted(await model(item, url), customization)
        const part = await slicer.slice({ stl, profile: profileOf(caps, customization.material) })
        const { sha256, sizeBytes } = await artifacts.put(part.toolpath)
        await storage.sql(
          `insert into instructions_cache (key, sha256, size_bytes, grams, seconds) values ($1, $2, $3, $4, $5)
           on conflict (key) do nothing`,
          [key, sha256, sizeBytes, part.grams, part.seconds],
        )
      }
      await storage.sql(
        `update job set artifact_sha256 = (select sha256 from instructions_cache where key = $2) where id = $1`,
        [jobId, key],
      )
    },
  }
}

function adapted(bytes: Uint8Array, { scale }: Customization): Uint8Array {
  const read = readBody(bytes)
  if (!read.ok) {
    throw new DomainError('instructions_unusable', { reason: read.why.code, ...read.why.details })
  }
  return writeStl(scale === 1 ? read.body.mesh : scaled(read.body.mesh, scale))
}

interface JobFacts {
  itemId: string
  customization: Customization
  caps: MachineCaps
}

async function jobFacts({ sql }: GeometryDeps['storage'], jobId: string): Promise<JobFacts> {
  const [facts] = await sql<JobFacts>(
    `select l.item_id as "itemId", l.customization, m.caps
     from job j join order_line l on l.id = j.line_id join machine m on m.id = j.machine_id where j.id = $1`,
    [jobId],
  )
  if (!facts) throw new Error(`job ${jobId} has no machine`)
  return facts
}
