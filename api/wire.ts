// The shapes that every resource uses on the wire: ids, money, times, places, lists.
import { Type, type Static, type TSchema } from 'typebox'
import { limits } from './limits.ts'

export const Id = Type.String({
  minLength: 1,
  maxLength: 80,
  pattern: '^[a-zA-Z0-9_.:-]+$',
  // Without one, readers of the document are shown random signs.
  examples: ['abc_01m7xxb0paeqnvp69xsjqe6bfy'],
})

export const Money = Type.Object(
  {
    amount: Type.String({
      pattern: '^-?[0-9]{1,18}$',
      description: 'Minor units.',
      examples: ['1299'],
    }),
    currency: Type.String({ pattern: '^[A-Z]{3}$', examples: ['USD'] }),
  },
  { additionalProperties: false, title: 'Money' },
)
export type Money = Static<typeof Money>

export const Time = Type.String({ format: 'date-time' })
export const NullableTime = Type.Union([Time, Type.Null()])

export const Point = Type.Object(
  {
    lon: Type.Number({ minimum: -180, maximum: 180 }),
    lat: Type.Number({ minimum: -90, maximum: 90 }),
  },
  { additionalProperties: false, title: 'Point' },
)

export const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const IdParams = Type.Object({ id: Id }, { additionalProperties: false })

export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: limits.page.maximum, default: limits.page.default }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 400, description: 'next_cursor of the page before.' }),
  ),
}

export function ListOf<T extends TSchema>(schema: T, title: string) {
  return Type.Object(
    {
      object: Type.Literal('list'),
      data: Type.Array(schema),
      has_more: Type.Boolean(),
      next_cursor: Nullable(Type.String()),
    },
    { additionalProperties: false, title },
  )
}

export function money(cents: bigint | string | number, currency: string): Money {
  return { amount: String(cents), currency }
}

export function time(at: Date | number): string {
  return new Date(at).toISOString()
}

export function nullableTime(at: Date | number | null | undefined): string | null {
  return at === null || at === undefined ? null : time(at)
}

type Facts = Readonly<Record<string, string | number | boolean>>

/** What a domain function compared, as the wire has it: snake_case, and instants as times. */
export function facts(details: Facts): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => {
      const isInstant = typeof value === 'number' && /(At|By)Ms$/.test(name)
      const said = isInstant ? name.slice(0, -'Ms'.length) : name
      const snake = said.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      return [snake, isInstant ? time(value) : value]
    }),
  )
}
