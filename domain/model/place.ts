// A point on the map; every coordinate in the platform is one of these, longitude and latitude named.
import { Type, type Static } from 'typebox'

export const Place = Type.Object(
  {
    lon: Type.Number({ minimum: -180, maximum: 180 }),
    lat: Type.Number({ minimum: -90, maximum: 90 }),
  },
  { additionalProperties: false },
)
export type Place = Static<typeof Place>
