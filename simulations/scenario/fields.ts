// The fields that a scenario is written with: each with its limits, its default and what it means.
import { Type, type TObject, type TProperties } from 'typebox'

interface Range {
  least?: number
  most?: number
  /** Strictly more than this. */
  above?: number
}

export function number(otherwise: number, { least, most, above }: Range, description: string) {
  const limits = {
    ...(least === undefined ? {} : { minimum: least }),
    ...(most === undefined ? {} : { maximum: most }),
    ...(above === undefined ? {} : { exclusiveMinimum: above }),
  }
  return Type.Number({ default: otherwise, description, ...limits })
}

export function count(otherwise: number, most: number, description: string, least = 0) {
  return Type.Integer({ default: otherwise, minimum: least, maximum: most, description })
}

export function share(otherwise: number, description: string) {
  return number(otherwise, { least: 0, most: 1 }, description)
}

/** 0 is midnight; what goes on after midnight has hours above 24. */
export function hour(otherwise: number, description: string) {
  return number(otherwise, { least: 0, most: 48 }, description)
}

/** Mean and standard deviation of what varies from one time to the next. */
export function spread(mean: number, deviation: number, description: string) {
  return part(
    {
      mean: number(mean, { least: 0, most: 100_000 }, 'The mean.'),
      deviation: number(deviation, { least: 0, most: 100_000 }, 'The standard deviation.'),
    },
    description,
  )
}

/** Twenty-four figures, one for each hour from midnight. */
export function byHour(otherwise: readonly number[], range: Range, description: string) {
  const figure = Type.Number({
    minimum: range.least ?? 0,
    ...(range.most === undefined ? {} : { maximum: range.most }),
    ...(range.above === undefined ? {} : { exclusiveMinimum: range.above }),
  })
  const items = { minItems: 24, maxItems: 24, default: [...otherwise], description }
  return Type.Array(figure, items)
}

/** An object whose every field has a default, and so the object itself. */
export function part<Fields extends TProperties>(fields: Fields, description: string) {
  return Type.Object(fields, { additionalProperties: false, default: {}, description })
}

/** An object in a list, where some fields have to be given. */
export function entry<Fields extends TProperties>(fields: Fields): TObject<Fields> {
  return Type.Object(fields, { additionalProperties: false })
}

const pattern = '^[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}$'

export const Name = Type.String({
  pattern,
  description: 'Up to 40 letters, digits, spaces, _, . and -; it stands in reports and tables.',
})

/** Of what is named elsewhere in the scenario. */
export function nameOf(description: string) {
  return Type.String({ pattern, description })
}

export function text(otherwise: string, description: string) {
  return Type.String({ default: otherwise, maxLength: 2_000, description })
}
