// The one registry of changes in what workflows ask for: a run is told its generation at its start and keeps to it.
// `patched` would ask the same of the history, but costs each run a marker and another write to the list of workflows.

/** 2026-11-21: offers are booked by a local activity. Before, and where no generation is told: over the server. */
export const bookedLocally = 1

/** 2026-11-21: parts are made in the workflow of their fulfilment. Before: each in a child of it, `job/<job id>`. */
export const partsInside = 2

/** The highest of them. */
export const presentGeneration = 2
