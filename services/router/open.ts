// Chooses the router: an OSRM server when there is one, else the map in memory.
import { openEmbeddedRouter } from './embedded.ts'
import { osrmRouter } from './osrm.ts'
import type { Router } from './router.ts'

export interface RouterSource {
  osrmUrl?: string | undefined
  mapPath: string
}

export async function openRouter({ osrmUrl, mapPath }: RouterSource): Promise<Router> {
  return osrmUrl ? osrmRouter({ url: osrmUrl }) : openEmbeddedRouter(mapPath)
}
