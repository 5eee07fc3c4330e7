// Test mode's helpers: play the buyer at a locker, and provoke what virtual machines and trucks would seldom do.
import { Type } from 'typebox'
import type { Tenant } from './authentication.ts'
import type { ApiDeps } from './deps.ts'
import { refuse } from './problem.ts'
import { ok, route } from './route.ts'
import type { TestDevices } from './testDevices.ts'
import { IdParams, Text } from './wire.ts'

const description = 'For test keys; virtual devices alone take part in it.'

const Heard = Type.Object(
  {
    object: Type.Literal('test_result'),
    accepted: Type.Boolean(),
    code: Type.Optional(Type.String()),
  },
  { additionalProperties: false, title: 'TestResult' },
)

export const enterCode = route(
  {
    method: 'post',
    path: '/v1/test/lockers/{id}/enter_code',
    scope: 'orders:change',
    summary: 'Enter an access code at the lockers of a site, as the buyer would',
    description,
    params: IdParams,
    body: Type.Object({ code: Text(40) }, { additionalProperties: false, title: 'EnteredCode' }),
    responses: { 200: Heard },
    budget: 'orders',
  },
  async ({ params: { id }, body: { code }, tenant, deps }) => {
    const devices = await testDevices(tenant, deps)
    await siteOf(deps, 'site', id)
    return ok({ object: 'test_result', ...(await devices.enterCode(id, code)) })
  },
)

const machineFaults = ['refuse', 'fail', 'stall', 'vanish', 'power_cycle', 'lie'] as const
const vehicleFaults = ['out_of_service', 'in_service', 'not_met'] as const

export const provokeMachine = provoke('machine', machineFaults)
export const provokeVehicle = provoke('vehicle', vehicleFaults)

function provoke(kind: 'machine' | 'vehicle', faults: readonly string[]) {
  return route(
    {
      method: 'post',
      path: `/v1/test/${kind}s/{id}/faults`,
      scope: 'orders:change',
      summary: `Provoke a fault of a virtual ${kind}`,
      description,
      params: IdParams,
      body: Type.Object(
        {
          fault: Type.Union(faults.map((fault) => Type.Literal(fault))),
          at_progress: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
          seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 86_400 })),
        },
        {
          additionalProperties: false,
          title: kind === 'machine' ? 'MachineFault' : 'VehicleFault',
        },
      ),
      responses: { 200: Heard },
      budget: 'orders',
    },
    async ({ params: { id }, body: { fault, at_progress: atProgress, seconds }, tenant, deps }) => {
      const devices = await testDevices(tenant, deps)
      const siteId = await siteOf(deps, kind, id)
      const accepted = await devices.provoke(siteId, id, {
        fault,
        ...(atProgress === undefined ? {} : { atProgress }),
        ...(seconds === undefined ? {} : { seconds }),
      })
      return ok({ object: 'test_result', accepted })
    },
  )
}

async function testDevices({ mode }: Tenant, { devices }: ApiDeps): Promise<TestDevices> {
  if (mode !== 'test') throw refuse('test_mode_only')
  if (devices === null)
    throw refuse('unavailable', { detail: 'The API was started without MQTT_URL.' })
  return devices
}

async function siteOf(
  { storage }: ApiDeps,
  kind: 'site' | 'machine' | 'vehicle',
  id: string,
): Promise<string> {
  const column = kind === 'site' ? 'id' : 'site_id'
  const [row] = await storage.sql<{ site: string }>(
    `select ${column} as site from ${kind} where id = $1`,
    [id],
  )
  if (!row) throw refuse('not_found')
  return row.site
}
