// What is wrong with the variables of `npm start`, all of it at once, before anything is started.
import { accessSync, constants, statSync } from 'node:fs'

type Environment = Readonly<Record<string, string | undefined>>

/** A sentence for each that cannot be meant; what they name is asked when it is needed. */
export function wrongVariables(env: Environment): string[] {
  const { API_PORT: port, MAP: map, ROUTER: router } = env
  const speeds = ['DEMO_SPEED', 'CARRIER_SPEED'].flatMap((name) => {
    const text = env[name]
    return text === undefined || Number(text) > 0
      ? []
      : [`${name} is a number above 0, not "${text}"`]
  })
  const urls = ['DATABASE_URL', 'MQTT_URL', 'OSRM_URL', 'CARRIER_URL'].flatMap((name) => {
    const text = env[name]
    return text === undefined || URL.canParse(text) ? [] : [`${name} is a URL, not "${text}"`]
  })
  return [
    ...(port === undefined || isPort(port) ? [] : [`API_PORT is 1 to 65535, not "${port}"`]),
    ...(!map || isReadable(map) ? [] : [`MAP names a file, and ${map} cannot be read`]),
    ...(router === undefined || router === 'embedded'
      ? []
      : [`ROUTER is "embedded" or left out, not "${router}"`]),
    ...speeds,
    ...urls,
  ]
}

function isPort(text: string): boolean {
  const port = Number(text)
  return Number.isInteger(port) && port >= 1 && port <= 65_535
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
