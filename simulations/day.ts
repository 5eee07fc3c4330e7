// What one simulated day tells: its figures, its decisions in brief, and on request every table.

/** Each figure with its unit in the name; a comparison goes through them in this order. */
export const figureNames = [
  'ordersPlaced',
  'ordersServed',
  'ordersLost',
  'servedOnTimeShare',
  'minutesToBuyerP50',
  'minutesToBuyerP95',
  'latenessMinutesMean',
  'deviationMinutesPerOrder',
  'kilometresPerOrder',
  'machineUtilisationShare',
  'scrapShare',
  'costCentsPerOrder',
  'gramsCo2ePerOrder',
] as const

export type FigureName = (typeof figureNames)[number]
export type Figures = Record<FigureName, number>

/** Which day is asked for: days of one seed and replication share their draws under any rules. */
export interface DayRequest {
  seed: number
  replication: number
  /** What is begun in these first hours counts in no figure of the day; the hourly ones keep it. */
  warmUpHours: number
  /** Whether the tables are wanted beside the figures. */
  tables: boolean
}

export interface Day {
  scenarioHash: string
  seed: number
  replication: number
  figures: Figures
  /** The figures of each hour of the day, for a warm-up to be cut off. */
  hourly: Figures[]
  /** Of every event in order: equal for equal scenario, rules, seed and replication everywhere. */
  traceHash: string
  events: number
  /** Order, second and chosen vehicle or site of each decision, three numbers each; -1 for none. */
  decisions: Int32Array
  /** Only where they were asked for. */
  tables: DayTables | null
}

export type Cell = string | number | boolean | null

/** Rows under the names of their columns, as CSV and Parquet take them. */
export interface Table {
  columns: Record<string, 'string' | 'number' | 'boolean'>
  rows: Record<string, Cell>[]
}

/** The columns that reports, comparisons and planners' own tools rely on; a table may have more. */
export interface DayTables {
  /**
   * One row an order: `order` (as in decisions), `kind`, `placedSecond`, `dueSecond`, `lon`, `lat`, `by` (the
   * vehicle or site that served it), `locker` (where a compartment was kept, or null), `servedSecond` and
   * `lostBecause`, of which one is null, and `takenBackSecond` (of what nobody fetched, or null).
   */
  orders: Table
  /**
   * One row a drive: `vehicle`, `leaveSecond`, `arriveSecond`, `fromLon`, `fromLat`, `toLon`, `toLat`, `meters`,
   * `order` (whose stop it leads to, or null), `way`: "lon lat lon lat ..." of its streets.
   */
  legs: Table
  /** One row a machine: `machine`, `site` (or vehicle), `busySeconds`, `parts`, `scrapped`. */
  machines: Table
  /**
   * One row a candidate, the best of its question first: `decision` (its place in Day.decisions, from 0), `order`,
   * `second`, `about` (the question: which `way`, or which vehicle for one of them), `candidate`, `chosen` (boolean),
   * `score` (null when ruled out), `unit` of the score (cents, or points of the dispatch rules), `terms` and `details`
   * (JSON), `reason` (or null).
   */
  decisions: Table
}
