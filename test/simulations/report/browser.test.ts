// The report in a real browser, as a planner has it: every control is used, and nothing is said on its console.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { plantContext } from '../../../simulations/commands/plantContext.ts'
import { compareScenarios } from '../../../simulations/experiments/compare.ts'
import { type Result, writeResult } from '../../../simulations/experiments/resultFolder.ts'
import { runScenario } from '../../../simulations/experiments/run.ts'
import { readSpace } from '../../../simulations/experiments/space.ts'
import { tune } from '../../../simulations/experiments/tune.ts'
import type { TunePlan } from '../../../simulations/experiments/tunePlan.ts'
import { writeReport } from '../../../simulations/report/writeReport.ts'
import { simulator, town } from '../experiments/town.ts'
import { browserProgram, openBrowser } from '../../support/browser.ts'

const program = browserProgram()
if (program === null) console.warn('No Chromium is here: the report is not tried in a browser')
const inBrowser = program === null ? test.skip : test

const dir = mkdtempSync(join(tmpdir(), 'fabroute-browser-'))
const level = 0.95
const design = { seed: 1, stopping: { replications: 2 }, warmUp: { hours: 0 }, level }

let browser: Browser
beforeAll(async () => {
  if (program === null) return
  browser = await openBrowser(program)
  const usual = scenario('as it is')
  const dear = scenario('detours are dear', { weights: { deviationMinutes: 8 } })
  await report('compare', await compareScenarios([usual, dear], design, { simulator }))
  const parameters = { '/rules/dispatch/maxDeviationMinutes': { values: [5, 30] } }
  const space = readSpace({ method: 'grid', replications: 2, parameters })
  const plan: TunePlan = { scenario: usual, space, seed: 1, level, warmUpHours: 0, program: 'x' }
  const check = plantContext.checkScenario
  await report('tune', await tune(plan, { simulator, check, cacheDir: null }))
  const quiet = plantContext.checkScenario(
    { ...town, orders: { generator: { perDay: 0 } } },
    'quiet',
  )
  await report('run', await runScenario(quiet, design, { simulator }))
})
afterAll(async () => {
  await browser?.close()
  rmSync(dir, { recursive: true })
})

function scenario(name: string, dispatch: object = {}) {
  return plantContext.checkScenario({ ...town, rules: { dispatch } }, name)
}

async function report(name: string, result: Result): Promise<void> {
  await writeResult(join(dir, name), result)
  await writeReport(join(dir, name))
}

/** A page of which every word on the console, and every request beside itself, is kept. */
async function opened(name: string, { width = 1280, height = 900 } = {}) {
  const page = await browser.newPage({ viewport: { width, height } })
  const heard: string[] = []
  page.on('console', (message) => heard.push(message.text()))
  page.on('pageerror', (error) => heard.push(error.message))
  const { href } = pathToFileURL(join(dir, name, 'report.html'))
  page.on('request', (request) => {
    if (request.url() !== href && !request.url().startsWith('data:')) heard.push(request.url())
  })
  await page.goto(href)
  return { page, heard }
}

/** What the map shows, as a picture. */
const pictureOf = async (map: Locator) => (await map.screenshot()).toString('base64')

const secondOf = async (page: Page) => Number(await page.locator('#time').inputValue())

inBrowser('the day on the map is played, slowed down, moved to and looked at closely', async () => {
  const { page, heard } = await opened('compare')
  const map = page.locator('#map')
  const pictures = [await pictureOf(map)]
  const expectAnother = async () => {
    pictures.push(await pictureOf(map))
    expect(new Set(pictures).size).toBe(pictures.length)
  }
  const clock = await page.locator('#clock').textContent()
  const from = await secondOf(page)
  await page.getByRole('button', { name: 'Play' }).click()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  await page.locator(`#clock:not(:text-is("${clock}"))`).waitFor()
  await page.getByRole('button', { name: 'Pause' }).click()
  expect(await secondOf(page)).toBeGreaterThan(from)
  await page.locator('#speed').fill('3')
  expect(await page.locator('#speed-text').textContent()).toBe('8 times as fast')
  await page.locator('#time').fill(String(17 * 3600 + 90))
  expect(await page.locator('#clock').textContent()).toBe('17:01:30')
  await expectAnother()
  await page.getByRole('button', { name: 'Closer' }).click()
  await expectAnother()
  await map.press('ArrowLeft')
  await expectAnother()
  await page.getByRole('button', { name: 'Farther' }).click()
  await expectAnother()
  await page.getByRole('button', { name: 'Whole map' }).click()
  await page.getByLabel('Day of').selectOption({ label: 'detours are dear' })
  expect(await page.locator('#clock').textContent()).not.toBe('17:01:30')
  expect(heard).toEqual([])
  await page.close()
})

inBrowser(
  'decisions are searched, filtered and opened, with the keyboard alone as well',
  async () => {
    const { page, heard } = await opened('compare')
    const orders = page.locator('#orders button')
    const all = await orders.count()
    expect(all).toBeGreaterThan(5)
    await orders.nth(2).click()
    const name = (await orders.nth(2).locator('span').first().textContent()) ?? ''
    const heading = page.locator('#decision h3')
    expect(await heading.textContent()).toBe(`Order ${name.split(' ')[0]}`)
    expect(await page.locator('#decision .chosen').count()).toBeGreaterThan(0)
    await orders.nth(3).focus()
    await page.keyboard.press('Enter')
    expect(await orders.nth(3).getAttribute('aria-current')).toBe('true')
    await page.getByLabel('Which orders').selectOption('lost')
    expect(await orders.count()).toBeLessThan(all)
    await page.getByLabel('Which orders').selectOption('all')
    await page.getByLabel('Search orders').fill('no such order')
    expect(await page.locator('#orders').textContent()).toBe('No order is like that.')
    await page.getByLabel('Search orders').fill('')
    expect(await orders.count()).toBe(all)
    expect(heard).toEqual([])
    await page.close()
  },
)

inBrowser('combinations of a sweep are sorted by any column, up and down', async () => {
  const { page, heard } = await opened('tune')
  const table = page.locator('table[data-sortable]')
  const head = table.getByRole('columnheader', { name: 'deviation per order' })
  const at = (await table.locator('th').allTextContents()).indexOf('deviation per order')
  const values = async () => {
    const cells = table.locator(`tr td:nth-child(${at + 1})`)
    return (await cells.allTextContents()).map(Number.parseFloat)
  }
  await head.getByRole('button').click()
  expect(await head.getAttribute('aria-sort')).toBe('ascending')
  const up = await values()
  expect(up).toEqual(up.toSorted((one, other) => one - other))
  expect(up.length).toBeGreaterThan(1)
  await head.getByRole('button').click()
  expect(await head.getAttribute('aria-sort')).toBe('descending')
  expect(await values()).toEqual(up.toReversed())
  expect(heard).toEqual([])
  await page.close()
})

inBrowser(
  'a day without orders says so, and nothing of a report is wider than a phone',
  async () => {
    for (const name of ['run', 'compare', 'tune']) {
      const { page, heard } = await opened(name, { width: 375, height: 700 })
      const width = await page.evaluate('document.documentElement.scrollWidth')
      expect([name, width, heard]).toEqual([name, 375, []])
      if (name === 'run') {
        expect(await page.locator('#decision').textContent()).toBe(
          'Nothing was ordered on this day.',
        )
      }
      await page.close()
    }
  },
)
