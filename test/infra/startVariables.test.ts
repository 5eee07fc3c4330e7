// `npm start` with variables that cannot be meant: all of them are named, and nothing is started.
import { expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { projectDir } from '../../infra/programs.ts'
import { wrongVariables } from '../../infra/startVariables.ts'

test('each that is wrong is named at once, before anything is started', () => {
  const wrong = { API_PORT: 'abc', MAP: '/nowhere/city.osm', DEMO_SPEED: '-1', MQTT_URL: 'here' }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(projectDir, 'infra/start.ts')],
    { env: { ...process.env, ...wrong }, encoding: 'utf8', timeout: 90_000 },
  )
  expect([status, stdout]).toEqual([1, ''])
  for (const name of Object.keys(wrong)) expect(stderr).toContain(name)
})

test.each([
  [{}],
  [{ API_PORT: '8080', DEMO_SPEED: '0.5', CARRIER_SPEED: '3600', ROUTER: 'embedded' }],
  [{ DATABASE_URL: 'postgres://u:p@h/d', MQTT_URL: 'mqtts://h:8883', MAP: import.meta.filename }],
])('what can be meant is taken: %p', (env) => {
  expect(wrongVariables(env)).toEqual([])
})

test.each([
  [{ API_PORT: '0' }],
  [{ API_PORT: '65536' }],
  [{ API_PORT: '' }],
  [{ DEMO_SPEED: '0' }],
  [{ CARRIER_SPEED: 'fast' }],
  [{ MAP: '/' }],
  [{ ROUTER: 'google' }],
  [{ DATABASE_URL: 'localhost' }],
])('what cannot be meant is refused: %p', (env) => {
  expect(wrongVariables(env)).toEqual([expect.stringContaining(Object.keys(env)[0] ?? '')])
})
