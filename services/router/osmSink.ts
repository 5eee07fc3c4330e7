// What the readers of map files tell, whatever the format.
export type Tags = Record<string, string | undefined>

/** Tags to be filled in: without a prototype, so that no key is found that is not on the map. */
export function noTags(): Tags {
  const tags: Tags = Object.create(null)
  return tags
}

export interface Member {
  type: string
  ref: number
  role: string
}

/** What a reader of a file format tells, element by element. */
export interface OsmSink {
  node(id: number, lon: number, lat: number, tags: Tags | null): void
  way(id: number, refs: number[], tags: Tags): void
  relation(id: number, members: Member[], tags: Tags): void
}
