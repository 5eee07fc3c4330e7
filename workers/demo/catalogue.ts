// The demo's suppliers and items; their models are shapes that the geometry makes.
import type { Item } from '../../domain/model/item.ts'
import type { Mesh } from '../../domain/geometry/mesh.ts'
import { faucetHandle, gearBlank, hook, phoneCover } from '../../domain/geometry/shapes.ts'

export const suppliers = [
  { id: 'sup_spigot', name: 'Spigot & Daughters' },
  { id: 'sup_hearth', name: 'Hearth Home Goods' },
  { id: 'sup_medline', name: 'Medline Orthotics' },
]

export interface DemoItem extends Omit<Item, 'instructions' | 'licenceId' | 'currency'> {
  model: () => Mesh
  /** Kept on the vendor's own server, from where the model is fetched when it is needed. */
  atVendor: string | null
}

export const items: DemoItem[] = [
  item('itm_faucet_handle', {
    supplierId: 'sup_spigot',
    title: 'Faucet handle',
    description: 'Cross handle for the Spigot Classic faucet, hot or cold.',
    materials: ['PLA', 'PETG'],
    colours: ['white', 'black'],
    sizeMm: {
      x: 50,
      y: 50,
      z: 30,
    },
    massGrams: 22,
    makingMinutes: 12,
    priceCents: 899n,
    royaltyCents: 350n,
    model: faucetHandle,
    atVendor: 'faucet-handle.stl',
  }),
  item('itm_wall_hook', {
    title: 'Wall hook',
    description: 'Holds a coat, a bag or a bicycle helmet.',
    materials: ['PLA', 'PETG'],
    colours: ['white', 'black', 'red'],
    sizeMm: {
      x: 30,
      y: 40,
      z: 60,
    },
    massGrams: 18,
    makingMinutes: 12,
    priceCents: 499n,
    royaltyCents: 120n,
    model: hook,
  }),
  item('itm_phone_cover', {
    title: 'Phone cover',
    description: 'Snaps on; flexible and grippy.',
    materials: ['TPU', 'PLA'],
    colours: ['black', 'red'],
    sizeMm: {
      x: 76,
      y: 152,
      z: 11,
    },
    massGrams: 26,
    makingMinutes: 25,
    priceCents: 1499n,
    royaltyCents: 600n,
    model: phoneCover,
  }),
  item('itm_gear_blank', {
    title: 'Gear',
    description: 'A spur gear of 24 teeth, module 1, for a 5 mm shaft.',
    materials: ['PLA', 'PETG'],
    colours: ['white', 'black'],
    sizeMm: {
      x: 26,
      y: 26,
      z: 8,
    },
    massGrams: 5,
    makingMinutes: 8,
    priceCents: 399n,
    royaltyCents: 150n,
    model: gearBlank,
  }),
  item('itm_splint_clip', {
    supplierId: 'sup_medline',
    title: 'Finger splint clip',
    description: 'Replacement clip for a prescribed finger splint.',
    materials: ['PLA'],
    colours: ['white'],
    sizeMm: {
      x: 30,
      y: 40,
      z: 60,
    },
    massGrams: 18,
    makingMinutes: 10,
    priceCents: 1999n,
    royaltyCents: 900n,
    restriction: 'prescription',
    model: hook,
  }),
]

/** Who may have restricted items: data, which a later version replaces. */
export const accessPolicies = [
  {
    restriction: 'prescription',
    version: 1,
    deniedJurisdictions: [],
    allowedJurisdictions: null,
    minimumAge: null,
    credentialKinds: ['prescription'],
    sameJurisdiction: false,
    trustedIssuers: ['demo-clinic'],
  },
]

type Given = Pick<
  DemoItem,
  'title' | 'description' | 'materials' | 'colours' | 'sizeMm' | 'massGrams' | 'makingMinutes'
> &
  Pick<DemoItem, 'priceCents' | 'royaltyCents' | 'model'> &
  Partial<DemoItem>

function item(id: string, given: Given): DemoItem {
  return {
    id,
    supplierId: 'sup_hearth',
    made: true,
    stocked: false,
    process: 'fdm',
    resolutionMicrons: 300,
    restriction: null,
    atVendor: null,
    ...given,
  }
}
