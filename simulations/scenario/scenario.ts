// A scenario: a city, what stands and drives in it, who orders, what goes wrong, and the rules that decide.
import { Type, type Static } from 'typebox'
import { Buyers, Costs, Hours, Incident, Orders, Suppliers } from './demandFields.ts'
import { Name, text } from './fields.ts'
import {
  CourierGroup,
  MachineModel,
  MapSource,
  ScenarioItem,
  ScenarioSite,
  Traffic,
  TruckGroup,
  Wear,
} from './plantFields.ts'
import { Rules } from './ruleFields.ts'

/** Of the fields; a scenario of another version is refused. */
const scenarioVersion = 1

const models = [{ id: 'Mendel 5' }, { id: 'Swift S', speed: 1.5, centsPerMinute: 9 }]
const items = [
  { id: 'wall hook', share: 5, makingMinutes: 12, massGrams: 18 },
  { id: 'gear', share: 2, makingMinutes: 8, massGrams: 5, priceCents: 400 },
  { id: 'phone cover', share: 3, makingMinutes: 25, massGrams: 26, priceCents: 1_500 },
]
const sites = [
  { id: 'warehouse', kind: 'warehouse', machines: [{ model: 'Mendel 5', count: 6 }] },
  {
    id: 'station',
    kind: 'lockers',
    machines: [{ model: 'Mendel 5', count: 3 }],
    compartments: 24,
  },
  { id: 'market', kind: 'lockers', machines: [{ model: 'Mendel 5', count: 3 }], compartments: 24 },
]
const trucks = [
  { id: 'grocery', count: 10, machines: [{ model: 'Mendel 5' }] },
  { id: 'factory', count: 2, machines: [{ model: 'Swift S', count: 3 }], round: { stops: 12 } },
]
const couriers = [{ id: 'courier', count: 3, site: 'warehouse' }]

export const Scenario = Type.Object(
  {
    name: Name,
    description: text('', 'What is asked of it.'),
    version: Type.Literal(scenarioVersion, {
      default: scenarioVersion,
      description: 'Of this format.',
    }),
    hours: Hours,
    map: MapSource,
    traffic: Traffic,
    models: Type.Array(MachineModel, {
      default: models,
      maxItems: 100,
      description: 'The kinds of machines.',
    }),
    wear: Wear,
    items: Type.Array(ScenarioItem, {
      default: items,
      minItems: 1,
      maxItems: 1_000,
      description: 'What can be ordered.',
    }),
    sites: Type.Array(ScenarioSite, {
      default: sites,
      maxItems: 500,
      description: 'Warehouses, banks of lockers and kiosks.',
    }),
    trucks: Type.Array(TruckGroup, {
      default: trucks,
      maxItems: 200,
      description: 'Groups of vehicles that drive rounds of their own.',
    }),
    couriers: Type.Array(CourierGroup, {
      default: couriers,
      maxItems: 200,
      description: 'Groups of vehicles that set out for orders alone.',
    }),
    orders: Orders,
    buyers: Buyers,
    suppliers: Suppliers,
    incidents: Type.Array(Incident, {
      default: [],
      maxItems: 1_000,
      description: 'What goes wrong, beside what fails by chance.',
    }),
    costs: Costs,
    rules: Rules,
  },
  {
    additionalProperties: false,
    description: 'Everything but `name` has a default; `extends` names a file to start from.',
  },
)
export type Scenario = Static<typeof Scenario>
