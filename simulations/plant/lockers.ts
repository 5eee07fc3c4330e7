// Compartments and stock of the sites: each is taken once, and never given twice.
import type { Scenario } from '../scenario/scenario.ts'
import type { PlantSite } from './layout.ts'

export interface Stores {
  freeCompartments: (site: number) => number
  take: (site: number) => void
  give: (site: number) => void
  stockOf: (site: number, item: number) => number
  /** One unit, for good. */
  use: (site: number, item: number) => void
}

export function openStores(sites: readonly PlantSite[], { items }: Scenario): Stores {
  const free = Int32Array.from(sites, ({ compartments }) => compartments)
  const stock = new Int32Array(sites.length * items.length)
  for (const [site, { stock: kept }] of sites.entries()) {
    for (const { item, units } of kept) {
      stock[site * items.length + items.findIndex(({ id }) => id === item)]! += units
    }
  }
  return {
    freeCompartments: (site) => free[site]!,
    take(site) {
      if (free[site]! < 1) throw new Error(`${sites[site]!.id} has no free compartment`)
      free[site]! -= 1
    },
    give(site) {
      if (free[site]! >= sites[site]!.compartments) {
        throw new Error(`${sites[site]!.id} has no compartment to be emptied`)
      }
      free[site]! += 1
    },
    stockOf: (site, item) => stock[site * items.length + item]!,
    use(site, item) {
      if (stock[site * items.length + item]! < 1) {
        throw new Error(`${sites[site]!.id} has no unit of ${items[item]!.id}`)
      }
      stock[site * items.length + item]! -= 1
    },
  }
}
